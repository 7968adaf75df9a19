import { ArgumentError, DTypeError, describeValue, ShapeError, Tensor } from "@saccade/core";
import { type ScoreOperand, ScoreValue, stepOf } from "./score-value.ts";
import { currentTrace } from "./trace.ts";

/**
 * A tensor that functions of scores (`scoreMod`, `maskMod`) read: a function of an index for each of its dimensions.
 * Indices are truncated towards 0; outside of the tensor it is NaN (0 of i32). Float tensors get their gradient, the
 * sum over all pairs that read an element. It has to live while the function is in use.
 *
 * @param x  f16, f32, i32, or of the dtype of q; of any rank
 * @throws DTypeError for masks (u8); the function throws ShapeError unless it gets an index for each dimension, and
 *   ArgumentError outside of a function of scores
 * @example
 * const slopes = tensor([0.5, 0.25, 0.125, 0.0625]);
 * const slope = captured(slopes);
 * const spec: AttentionSpec = { scoreMod: (s, { h, q, k }) => s.add(slope(h).mul(k.sub(q))), causal: true };
 * attention(q, k, v, spec).shape; // => [2, 4, 8, 16]
 */
export function captured(x: Tensor): (...indices: readonly ScoreOperand[]) => ScoreValue {
  if (!(x instanceof Tensor))
    throw new ArgumentError(`captured: it must be a tensor (got ${describeValue(x)})`);
  if (x.dtype === "u8") throw new DTypeError(`captured: cast masks to i32 (got ${x.describe()})`);
  return (...indices) => {
    const trace = currentTrace();
    if (trace === null) {
      throw new ArgumentError("captured: what it gives is for functions of scores, scoreMod and maskMod");
    }
    if (indices.length !== x.rank) {
      throw new ShapeError(
        `captured: ${x.describe()} is read by ${x.rank} indices (got ${indices.length} in ${trace.name})`,
      );
    }
    return new ScoreValue(
      trace,
      trace.load(
        x,
        indices.map((index) => stepOf(trace, index)),
      ),
    );
  };
}
