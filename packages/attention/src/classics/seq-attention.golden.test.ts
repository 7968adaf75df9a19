import { assign, Key, type Tensor, tidy, vjp } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, test } from "vitest";
import { type GoldenCase, goldenCases } from "../testing/golden.ts";
import { AdditiveAttention } from "./additive-attention.ts";
import type { ScoredAttention } from "./attended.ts";
import { ConcatAttention, DotAttention, GeneralAttention } from "./luong-attention.ts";

guardMemory({ beforeEach, afterEach });

const golden = goldenCases(new URL("../fixtures/seq-attention.safetensors", import.meta.url));

/** The layer of a case, and where PyTorch's parameters are in it. */
function layerOf({ name, config }: GoldenCase): { layer: ScoredAttention & Module; names: string[][] } {
  const [queryDim, keyDim] = name.startsWith("luong_dot") ? [6, 6] : [4, 6];
  const options = { key: new Key(0) };
  if (config.kind === "dot") return { layer: new DotAttention(), names: [] };
  if (config.kind === "general") {
    const layer = new GeneralAttention({ queryDim, keyDim }, options);
    return { layer, names: [["W.weight", "keyProjection.weight"]] };
  }
  const score = ["v.weight", "scoreProjection.weight"];
  if (config.kind === "concat") {
    const layer = new ConcatAttention({ queryDim, keyDim, attentionDim: 3 }, options);
    return { layer, names: [["W.weight", "projection.weight"], score] };
  }
  const bias = config.bias === true;
  const layer = new AdditiveAttention({ queryDim, keyDim, attentionDim: 3, bias }, options);
  const names = [["W.weight", "queryProjection.weight"], ["U.weight", "keyProjection.weight"], score];
  return { layer, names: bias ? [...names, ["W.bias", "queryProjection.bias"]] : names };
}

describe("as PyTorch computes them", () => {
  test.each([...golden.values()])("$name", async (it) => {
    const { layer, names } = layerOf(it);
    using owned = layer;
    const parameters = new Map(owned.namedParameters());
    const ours = names.map(([, path]) => {
      const parameter = parameters.get(path);
      if (!parameter) throw new Error(`there is no ${path}`);
      return parameter;
    });
    tidy(() => {
      for (const [i, [theirs]] of names.entries()) assign(ours[i], it.tensor(`param/${theirs}`));
    });
    const [context, weights, ...grads] = await evaluateAll(() => {
      const [query, keys] = [it.tensor("in/query"), it.tensor("in/keys")];
      const mask = it.has("in/mask") ? it.tensor("in/mask").unsqueeze(1) : null;
      const forward = (): Tensor[] => {
        const attended = owned.forward(query.unsqueeze(1), keys, { mask });
        return [attended.context.squeeze(1), attended.weights.squeeze(1)];
      };
      const upstream = [it.tensor("gout/context"), it.tensor("gout/weights")];
      const result = vjp(forward, [query, keys, ...ours], upstream);
      return [...result.outputs, ...result.grads];
    });
    it.check("out/context", context);
    it.check("out/weights", weights);
    const paths = ["in/query", "in/keys", ...names.map(([theirs]) => `param/${theirs}`)];
    for (const [i, path] of paths.entries()) it.check(`grad/${path}`, grads[i]);
  });
});
