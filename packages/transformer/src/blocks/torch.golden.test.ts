import { type ActivationName, Key, reshape, sub, type Tensor, vjp } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GoldenCase, goldenCases } from "../../../attention/src/testing/golden.ts";
import { loadLayer, loadStack, torchGradients } from "../testing/torch-layers.ts";
import { TransformerDecoderLayer } from "./decoder.ts";
import { TransformerEncoder, TransformerEncoderLayer } from "./encoder.ts";
import type { TransformerLayerConfig } from "./layer-config.ts";

guardMemory({ beforeEach, afterEach });

const cases = [...goldenCases(new URL("../fixtures/transformer.safetensors", import.meta.url)).values()];
const named = (start: string): GoldenCase[] => cases.filter(({ name }) => name.startsWith(start));

function configOf({ config }: GoldenCase): TransformerLayerConfig {
  return {
    embedDim: Number(config.d_model),
    numHeads: Number(config.nhead),
    feedForwardDim: Number(config.dim_feedforward),
    activation: config.activation as ActivationName,
    normFirst: config.norm_first === true,
    layerNormEps: Number(config.layer_norm_eps),
  };
}

/** A mask of PyTorch, true where it hides, as one of ours: `[T, S]`, or of keys `[B, S] -> [B, 1, 1, S]`. */
function maskOf(golden: GoldenCase, name: string): Tensor | null {
  if (!golden.has(`in/${name}`)) return null;
  const seen = sub(1, golden.tensor(`in/${name}`)).cast("u8");
  return name.endsWith("padding_mask") ? reshape(seen, [seen.shape[0], 1, 1, seen.shape[1]]) : seen;
}

function both(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a && b ? a.logicalAnd(b) : (a ?? b);
}

/** Checks the output, and returns the gradients of inputs (checked) and parameters (by our names). */
async function checkForward(
  golden: GoldenCase,
  module: Module,
  inputNames: readonly string[],
  forward: (inputs: readonly Tensor[]) => Tensor,
): Promise<Map<string, number[]>> {
  const [out, ...grads] = await evaluateAll(() => {
    const inputs = inputNames.map((name) => golden.tensor(`in/${name}`));
    const sources = [...inputs, ...module.parameters()];
    const result = vjp(() => [forward(inputs)], sources, [golden.tensor("gout/out")]);
    return [...result.outputs, ...result.grads];
  });
  golden.check("out/out", out);
  for (const [i, name] of inputNames.entries()) golden.check(`grad/in/${name}`, grads[i]);
  const names = Array.from(module.namedParameters(), ([name]) => name);
  return new Map(names.map((name, i) => [name, grads[inputNames.length + i]]));
}

function checkGradients(golden: GoldenCase, gradients: ReadonlyMap<string, readonly number[]>): void {
  expect([...gradients.keys()].sort()).toEqual(golden.names("param/").sort());
  for (const [name, gradient] of gradients) golden.check(`grad/${name}`, gradient);
}

describe("PyTorch", () => {
  test.each(named("enc_layer"))("TransformerEncoderLayer: $name", async (golden) => {
    using layer = new TransformerEncoderLayer(configOf(golden), { key: new Key(0) });
    loadLayer(golden, "param/", layer);
    const gradients = await checkForward(golden, layer, ["src"], ([x]) =>
      layer.forward(x, {
        mask: both(maskOf(golden, "src_mask"), maskOf(golden, "src_key_padding_mask")),
      }),
    );
    checkGradients(golden, torchGradients(golden, "param/", layer, gradients));
  });

  test.each(named("dec_layer"))("TransformerDecoderLayer: $name", async (golden) => {
    using layer = new TransformerDecoderLayer(configOf(golden), { key: new Key(0) });
    loadLayer(golden, "param/", layer);
    const gradients = await checkForward(golden, layer, ["tgt", "memory"], ([x, memory]) =>
      layer.forward(x, memory, {
        causal: false,
        mask: both(maskOf(golden, "tgt_mask"), maskOf(golden, "tgt_key_padding_mask")),
        memoryMask: maskOf(golden, "memory_key_padding_mask"),
      }),
    );
    checkGradients(golden, torchGradients(golden, "param/", layer, gradients));
  });

  test.each(named("encoder"))("TransformerEncoder: $name", async (golden) => {
    const numLayers = Number(golden.config.num_layers);
    const finalNorm = golden.config.final_norm === true;
    using stack = new TransformerEncoder({ ...configOf(golden), numLayers, finalNorm }, { key: new Key(0) });
    loadStack(golden, stack);
    const gradients = await checkForward(golden, stack, ["src"], ([x]) =>
      stack.forward(x, { mask: both(maskOf(golden, "mask"), maskOf(golden, "src_key_padding_mask")) }),
    );
    const byTorchName = new Map<string, readonly number[]>();
    for (const [i, layer] of stack.layers.entries()) {
      const start = `layers.${i}.`;
      const inside = [...gradients].filter(([name]) => name.startsWith(start));
      const own = new Map(inside.map(([name, gradient]) => [name.slice(start.length), gradient]));
      for (const entry of torchGradients(golden, `param/${start}`, layer, own)) byTorchName.set(...entry);
    }
    for (const name of ["norm.weight", "norm.bias"])
      byTorchName.set(`param/${name}`, gradients.get(name) ?? []);
    checkGradients(golden, byTorchName);
  });

  test("fixtures are read", () => {
    expect(["enc_layer", "dec_layer", "encoder"].map((start) => named(start).length)).toEqual([2, 2, 1]);
  });
});
