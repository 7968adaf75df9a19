import { assign, tidy } from "@saccade/core";
import type { GoldenCase } from "../../../attention/src/testing/golden.ts";
import { joinProjections, splitProjections } from "../../../attention/src/testing/torch-projections.ts";
import { TransformerDecoderLayer } from "../blocks/decoder.ts";
import type { TransformerEncoder, TransformerEncoderLayer } from "../blocks/encoder.ts";

type Layer = TransformerEncoderLayer | TransformerDecoderLayer;

/** PyTorch's names of the attentions of a layer, and ours. */
function attentionsOf(layer: Layer) {
  const own = [["self_attn.", "selfAttention", layer.selfAttention]] as const;
  if (!(layer instanceof TransformerDecoderLayer)) return own;
  return [...own, ["multihead_attn.", "crossAttention", layer.crossAttention]] as const;
}

/** PyTorch's name of a parameter outside of attentions: `feedForward.linear1.weight -> linear1.weight`. */
const torchName = (name: string): string => name.replace(/^feedForward\./, "");

const isAttention = (name: string): boolean => /^(self|cross)Attention\./.test(name);

/** Loads the parameters of a layer, whose names begin with `prefix`. */
export function loadLayer(golden: GoldenCase, prefix: string, layer: Layer): void {
  for (const [name, , attention] of attentionsOf(layer)) splitProjections(golden, prefix + name, attention);
  tidy(() => {
    for (const [name, parameter] of layer.namedParameters()) {
      if (!isAttention(name)) assign(parameter, golden.tensor(prefix + torchName(name)));
    }
  });
}

/** The gradients of a layer's parameters, by our names, as PyTorch has them. */
export function torchGradients(
  golden: GoldenCase,
  prefix: string,
  layer: Layer,
  gradients: ReadonlyMap<string, readonly number[]>,
): Map<string, readonly number[]> {
  const result = new Map<string, readonly number[]>();
  for (const [torch, ours] of attentionsOf(layer)) {
    const inside = [...gradients].flatMap(([name, gradient]) =>
      name.startsWith(`${ours}.`) ? [[name.slice(ours.length + 1), gradient] as const] : [],
    );
    for (const [name, gradient] of joinProjections(golden, prefix + torch, new Map(inside))) {
      result.set(name, gradient);
    }
  }
  for (const [name, gradient] of gradients) {
    if (!isAttention(name)) result.set(prefix + torchName(name), gradient);
  }
  return result;
}

/** Loads the parameters of a stack: layers and the last normalisation. */
export function loadStack(golden: GoldenCase, stack: TransformerEncoder): void {
  for (const [i, layer] of stack.layers.entries()) loadLayer(golden, `param/layers.${i}.`, layer);
  tidy(() => {
    for (const [name, parameter] of stack.norm?.namedParameters() ?? []) {
      assign(parameter, golden.tensor(`param/norm.${name}`));
    }
  });
}
