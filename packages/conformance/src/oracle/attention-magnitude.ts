import {
  abs,
  add,
  amax,
  arange,
  expand,
  fullLike,
  isFiniteMask,
  matmul,
  mul,
  narrow,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from "@saccade/core";
import type { AttentionAttrs } from "@saccade/core/backend";
import { composedForm, type Form, present, type Tensors } from "./composed.ts";

/** `[B, K, S, E] -> [B, H, S, E]` */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [B, K, S, E] = x.shape;
  return reshape(expand(unsqueeze(x, 2), [B, K, heads / K, S, E]), [B, heads, S, E]);
}

/** `[B, H, S, E] -> [B, K, S, E]` */
function sumHeads(x: Tensor, keyHeads: number): Tensor {
  const [B, H, S, E] = x.shape;
  return sum(reshape(x, [B, keyHeads, H / keyHeads, S, E]), 2);
}

function finite(x: Tensor): Tensor {
  return where(isFiniteMask(x), x, fullLike(x, 0));
}

interface ScoreInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly bias: Tensor | null;
  readonly slopes: Tensor | null;
  readonly ranges: Tensor | null;
}

/** `|place - j|`, broadcasting to `[B, H, T, S]`. */
function distances({ q, k, ranges }: ScoreInputs): Tensor {
  const [T, S] = [q.shape[2], k.shape[2]];
  const { backend } = q;
  const place = ranges
    ? unsqueeze(narrow(ranges, 2, 2, 1), 1)
    : unsqueeze(arange(S - T, S, 1, { backend }), 1);
  return abs(sub(place, arange(0, S, 1, { backend })));
}

/**
 * What a score adds up from, 1 at least, per query: its error in epsilons, and so the relative error of the weights.
 * `[B, H, T, 1]`
 */
function scoreSize(inputs: ScoreInputs, scale: number): Tensor {
  const { q, k, bias, slopes } = inputs;
  const products = mul(matmul(abs(q), transpose(repeatHeads(abs(k), q.shape[1]))), Math.abs(scale));
  const biased = bias ? add(products, abs(finite(bias))) : products;
  const scores = slopes ? add(biased, mul(reshape(abs(slopes), [-1, 1, 1]), distances(inputs))) : biased;
  return scores.shape[3] === 0
    ? add(sum(scores, -1, { keepDims: true }), 1)
    : add(amax(scores, -1, { keepDims: true }), 1);
}

/** The inputs of the scores, with absolute values of q and k. */
function sizesOf([q, k, , , bias, slopes, ranges]: Tensors): ScoreInputs {
  return { q: abs(present(q)), k: abs(present(k)), bias, slopes, ranges };
}

/**
 * What a score adds up to behind a function of scores: cases have functions whose slopes are a few, and whose steps err by
 * epsilons of numbers of about 1.
 */
function behindMods(size: Tensor, { mods }: AttentionAttrs): Tensor {
  return mods?.score ? add(mul(size, 2), mods.score.steps.length) : size;
}

/** Without its derivative, which may cancel anything. */
function withoutSlope<A extends AttentionAttrs>(attrs: A): A {
  const score = attrs.mods?.score;
  return score
    ? { ...attrs, mods: { ...attrs.mods, score: { ...score, results: score.results.slice(0, 1) } } }
    : attrs;
}

/** The error of the weights is relative to what the scores add up from. */
export const attentionMagnitude: Form<"attention"> = (inputs, attrs, outputs) => {
  const [q, k, v, ...others] = inputs;
  const sinks = inputs[7];
  const own = behindMods(scoreSize(sizesOf(inputs), attrs.scale), attrs);
  const size = sinks ? add(own, reshape(abs(finite(sinks)), [-1, 1, 1])) : own;
  const [out] = composedForm("attention")([q, k, abs(present(v)), ...others], attrs, outputs);
  return [mul(out, size), reshape(size, size.shape.slice(0, 3))];
};

/** Gradients of absolute values, with a delta that adds to them instead of being taken away. */
export const attentionBackwardMagnitude: Form<"attentionBackward"> = (inputs, attrs, outputs) => {
  const [q, k, v, mask, bias, slopes, ranges, lse, delta, dOut, ...mods] = inputs;
  const sizes = sizesOf(inputs);
  const { q: queries, k: keys } = sizes;
  const values = abs(present(v));
  const [H, K] = [queries.shape[1], keys.shape[1]];
  const size = behindMods(scoreSize(sizes, attrs.scale), attrs);
  const [, , dvOfAbsolutes, dWeights] = composedForm("attentionBackward")(
    [q, k, values, mask, bias, slopes, ranges, lse, neg(abs(present(delta))), abs(present(dOut)), ...mods],
    { ...withoutSlope(attrs), biasGradient: true, slopesGradient: false },
    outputs,
  );
  const dv = size.size === 0 ? dvOfAbsolutes : mul(dvOfAbsolutes, amax(size));
  const dScores = mul(dWeights, size);
  const dProducts = mul(dScores, Math.abs(attrs.scale));
  const dq = matmul(dProducts, repeatHeads(keys, H));
  const dk = sumHeads(matmul(transpose(dProducts), queries), K);
  const dBias = attrs.biasGradient ? [dScores] : [];
  const dSlopes = attrs.slopesGradient ? [sum(mul(dScores, distances(sizes)), -1)] : [];
  return [dq, dk, dv, ...dBias, ...dSlopes];
};
