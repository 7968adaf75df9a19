import { type Tensor, vjp } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GoldenCase, goldenCases } from "../testing/golden.ts";
import { attention } from "./attention.ts";
import type { AttentionSpec } from "./attention-spec.ts";

guardMemory({ beforeEach, afterEach });

const cases = goldenCases(new URL("../fixtures/attention-spec.safetensors", import.meta.url));

const numbers = (text: unknown): number[] => String(text).split(",").map(Number);

/** What a case's configuration says, and which of its inputs are options. */
function specOf({ config }: GoldenCase, inputs: ReadonlyMap<string, Tensor>): AttentionSpec {
  const given = (name: string): Tensor | null => inputs.get(`in/${name}`) ?? null;
  return {
    causal: config.causal === true,
    alibi: given("slopes"),
    sinks: given("sinks"),
    ...(typeof config.softcap === "number" ? { softcap: config.softcap } : {}),
    ...(typeof config.window === "number" ? { window: config.window } : {}),
    ...(config.lengths ? { lengths: numbers(config.lengths) } : {}),
    ...(config.queries
      ? { cuSeqlens: { queries: numbers(config.queries), keys: numbers(config.keys) } }
      : {}),
  };
}

test.each([...cases.values()])("PyTorch: $name", async (golden) => {
  const names = golden.names("in/");
  const outputs = ["out", "logSumExp"].filter((name) => golden.has(`out/${name}`));
  const values = await evaluateAll(() => {
    const inputs = new Map(names.map((name) => [name, golden.tensor(name)]));
    const [q, k, v] = ["in/q", "in/k", "in/v"].map((name) => inputs.get(name) as Tensor);
    const result = vjp(
      () => {
        const both = attention(q, k, v, { ...specOf(golden, inputs), returnLogSumExp: true });
        return outputs.length === 2 ? [both.out, both.logSumExp] : [both.out];
      },
      [...inputs.values()],
      outputs.map((name) => golden.tensor(`gout/${name}`)),
    );
    return [...result.outputs, ...result.grads];
  });
  for (const [i, name] of outputs.entries()) golden.check(`out/${name}`, values[i]);
  for (const [i, name] of names.entries()) golden.check(`grad/${name}`, values[outputs.length + i]);
  expect(golden.names("grad/").length).toBe(names.length);
});
