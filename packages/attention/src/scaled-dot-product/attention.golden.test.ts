import { type Tensor, tidy, vjp } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GoldenCase, goldenCases } from "../testing/golden.ts";
import { attention } from "./attention.ts";
import type { AttentionSpec } from "./attention-spec.ts";

guardMemory({ beforeEach, afterEach });

const cases = goldenCases(new URL("../fixtures/sdpa.safetensors", import.meta.url));

/** The cases that say in their name what their configuration does not. */
function specOf({ name, config }: GoldenCase): AttentionSpec {
  if (name.startsWith("sliding_sym")) return { window: Number(config.window) };
  if (name.startsWith("sliding_causal")) return { causal: true, window: Number(config.window) };
  return {
    causal: config.is_causal === true || name === "causal_rect_lower_right",
    ...(typeof config.scale === "number" ? { scale: config.scale } : {}),
  };
}

test.each([...cases.values()])("PyTorch: $name", async (golden) => {
  const optional = (name: string): Tensor | null => (golden.has(name) ? golden.tensor(name) : null);
  const names = golden.names("in/").filter((name) => name !== "in/mask");
  const [out, ...grads] = await evaluateAll(() => {
    const inputs = new Map(names.map((name) => [name, golden.tensor(name)]));
    const [q, k, v] = ["in/q", "in/k", "in/v"].map((name) => inputs.get(name) as Tensor);
    const spec = { ...specOf(golden), mask: optional("in/mask"), bias: inputs.get("in/bias") ?? null };
    const upstream = [optional("gout/out")];
    const result = vjp(() => [attention(q, k, v, spec)], [...inputs.values()], upstream);
    return [...result.outputs, ...result.grads];
  });
  golden.check("out/out", out);
  for (const [i, name] of names.entries()) {
    if (golden.has(`grad/${name}`)) golden.check(`grad/${name}`, grads[i]);
  }
  expect(golden.names("grad/").length).toBe(golden.has("gout/out") ? names.length : 0);
});

test("fixtures are read", () => {
  expect(cases.size).toBe(15);
  tidy(() => expect(cases.get("gqa")?.tensor("in/k").shape[1]).toBe(2));
});
