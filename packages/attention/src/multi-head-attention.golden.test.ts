import { Key, mean, reshape, sub, type Tensor, vjp } from "@saccade/core";
import type { Parameter } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MultiHeadAttention, type MultiHeadOptions } from "./multi-head-attention.ts";
import { type GoldenCase, goldenCases } from "./testing/golden.ts";
import { joinProjections, splitProjections } from "./testing/torch-projections.ts";

guardMemory({ beforeEach, afterEach });

const cases = goldenCases(new URL("./fixtures/mha.safetensors", import.meta.url));

function layerOf({ config }: GoldenCase): MultiHeadAttention {
  const { embed_dim, num_heads, bias, kdim = embed_dim, vdim = embed_dim } = config;
  return new MultiHeadAttention(
    {
      embedDim: Number(embed_dim),
      numHeads: Number(num_heads),
      bias: bias === true,
      keyDim: Number(kdim),
      valueDim: Number(vdim),
    },
    { key: new Key(0) },
  );
}

/** PyTorch's masks as ours: it hides where they are true, and adds them where they are float. */
function optionsOf(golden: GoldenCase, [B, H, S]: readonly number[]): MultiHeadOptions {
  const options: { mask?: Tensor; bias?: Tensor } = {};
  if (golden.has("in/key_padding_mask")) {
    options.mask = reshape(sub(1, golden.tensor("in/key_padding_mask")).cast("u8"), [B, 1, 1, S]);
  }
  if (golden.has("in/attn_mask")) {
    const given = golden.tensor("in/attn_mask");
    const shape = given.rank === 3 ? [B, H, given.shape[1], S] : given.shape;
    if (given.dtype === "u8") options.mask = reshape(sub(1, given).cast("u8"), shape);
    else options.bias = reshape(given, shape);
  }
  return options;
}

test.each([...cases.values()])("nn.MultiheadAttention: $name", async (golden) => {
  using layer = layerOf(golden);
  splitProjections(golden, "param/", layer);
  const names = ["in/x", "in/query", "in/key", "in/value"].filter((name) => golden.has(name));
  const parameters: Parameter[] = layer.parameters();
  const [out, weights, ...grads] = await evaluateAll(() => {
    const inputs = names.map((name) => golden.tensor(name));
    const [x, keys = x, values = keys] = inputs;
    const options = optionsOf(golden, [x.shape[0], layer.config.numHeads, keys.shape[1]]);
    const result = vjp(
      () => [layer.cross(x, keys, values, options), mean(layer.weights(x, keys, options), 1)],
      [...inputs, ...parameters],
      [golden.tensor("gout/attn_output"), golden.tensor("gout/attn_weights")],
    );
    return [...result.outputs, ...result.grads];
  });
  golden.check("out/attn_output", out);
  golden.check("out/attn_weights", weights);
  for (const [i, name] of names.entries()) golden.check(`grad/${name}`, grads[i]);
  const byName = new Map(
    [...layer.namedParameters()].map(([name], i) => [name, grads[names.length + i]] as const),
  );
  const checked = joinProjections(golden, "param/", byName);
  expect(checked.size).toBe(golden.names("grad/param/").length);
  for (const [name, gradient] of checked) golden.check(`grad/${name}`, gradient);
});
