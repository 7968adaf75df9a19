import {
  ArgumentError,
  type AttentionAttrs,
  DTypeError,
  lowered,
  requireFloat,
  requireTensors,
  run,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { BlockMask, blocksOf, type HostRanges } from "../score-mods/block-mask.ts";
import { type TracedMods, traceMods } from "../score-mods/trace-mods.ts";
import { alibiSlopes } from "./alibi.ts";
import { hooked, throughHooks } from "./attention-hooks.ts";
import { type AttentionInputs, attentionOp, checkInputs } from "./attention-op.ts";
import { type AttentionSpec, attrsOf, type LogSumExpOption } from "./attention-spec.ts";
import { scoresOf, weightsOf } from "./compose.ts";
import { withRanges } from "./query-ranges.ts";
import { scoreInputs } from "./score-inputs.ts";
import { sequenceRanges } from "./sequences.ts";

interface Prepared {
  readonly inputs: AttentionInputs;
  readonly attrs: AttentionAttrs;
}

/** The slopes of ALiBi, in the dtype of q; null without. */
function slopesOf(q: Tensor, alibi: AttentionSpec["alibi"]): Tensor | null {
  if (typeof alibi === "object") return alibi;
  const { dtype, backend } = q;
  const heads = q.shape[1];
  return alibi ? tensor(heads > 0 ? alibiSlopes(heads) : [], { dtype, backend }) : null;
}

/** Blocks of a mask function, and what functions of scores read; nothing without such functions. */
function modInputs(
  [q, k]: readonly [Tensor, Tensor],
  { mods, captured }: TracedMods,
  maskMod: AttentionSpec["maskMod"],
  ranges: HostRanges | null,
): (Tensor | null)[] {
  for (const x of captured) {
    if (x.dtype !== "f64" || q.dtype === "f64") continue;
    throw new DTypeError(
      `attention: what functions of scores read is f16, f32, i32 or of the dtype of q, ${q.dtype} (got ${x.describe()})`,
    );
  }
  const { mask } = mods;
  if (mask === null) return [null, ...captured];
  const [B, H, T] = q.shape;
  const sizes = { B, H, T, S: k.shape[2] };
  if (maskMod instanceof BlockMask) {
    return [maskMod.blocksFor(mask, captured, sizes, ranges !== null), ...captured];
  }
  // The composed form asks for every pair.
  const wanted = q.backend.fused.attention !== undefined;
  return [wanted ? blocksOf(mask, captured, sizes, ranges, q.backend) : null, ...captured];
}

/** Checks everything, and turns it into what the op takes; in the current scope. */
function prepare(queries: Tensor, keys: Tensor, values: Tensor, spec: AttentionSpec): Prepared {
  requireTensors("attention", { q: queries, k: keys, v: values });
  requireFloat("attention", queries, "q");
  const [q, k, v] = lowered(queries, keys, values);
  const { mask = null, alibi = null } = spec;
  const slopes = typeof alibi === "object" ? alibi : null;
  const [bias, given, sinks] = lowered(spec.bias ?? null, slopes, spec.sinks ?? null);
  const plain = attrsOf(spec, q.shape[q.rank - 1]);
  const { scoreMod, maskMod } = spec;
  const maskFunction = maskMod instanceof BlockMask ? maskMod.maskMod : maskMod;
  const traced = traceMods({ scoreMod, maskMod: maskFunction });
  const attrs = traced ? { ...plain, mods: traced.mods } : plain;
  checkInputs([q, k, v, mask, bias, given, null, sinks]);
  const data = sequenceRanges(spec, q.shape, k.shape, attrs);
  const ranges = data && tensor(data, { shape: [q.shape[0], q.shape[2], 3], backend: q.backend });
  const host = data && ranges ? { data, tensor: ranges } : null;
  const own = traced ? modInputs([q, k], traced, maskMod, host) : [];
  return {
    inputs: [q, k, v, mask, bias, slopesOf(q, given ?? alibi), ranges, sinks, ...own],
    attrs: ranges ? withRanges(attrs) : attrs,
  };
}

/** Attention's output, and the log-sum-exp of each query's scores. */
export interface AttentionResult {
  /** `[B, H, T, Ev]` */
  readonly out: Tensor;
  /** `[B, H, T]` */
  readonly logSumExp: Tensor;
}

/**
 * Scaled dot-product attention: `softmax(q k^T scale + bias) v`, with everything that `AttentionSpec` adds.
 *
 * With `returnLogSumExp` the result is `{ out, logSumExp }`: `log(sum(e^score))` behind masks, sinks included, dropout
 * not, `[B, H, T]`; -inf for a query that may attend nowhere. It joins attentions over parts of the keys, and has a
 * gradient.
 *
 * One fused kernel where the backend has one for these inputs; otherwise composed of matrix products and a softmax.
 * Keys and values must be finite also where a mask hides them: a weight of 0 times NaN is NaN.
 *
 * @param q  queries, `[B, H, T, E]`, float
 * @param k  keys, `[B, K, S, E]`; K divides H (grouped-query attention)
 * @param v  values, `[B, K, S, Ev]`
 * @param spec  how queries attend; see `AttentionSpec`
 * @returns `[B, H, T, Ev]`, the dtype of q; zeros for a query that may attend nowhere
 * @throws ShapeError `attention: H=6 is not a multiple of K=4 (q [2,6,8,16], k [2,4,8,16], v [2,4,8,16])`
 * @throws DTypeError unless q, k, v and bias are of one float dtype and the mask is u8
 * @throws ArgumentError for an option that is unknown or out of range, and for options that contradict each other
 * @see Vaswani et al. 2017, arXiv:1706.03762, eq. 1; Dao 2023, arXiv:2307.08691 for the fused form
 * @example
 * const y = attention(q, k, v, { causal: true }); // q [2, 4, 8, 16], k and v [2, 2, 8, 16]
 * y.shape; // => [2, 4, 8, 16]
 * // The first sequence has 8 tokens, the second 3 and padding, which gives zeros.
 * const padded = attention(q, k, v, { causal: true, alibi: true, lengths: [8, 3] });
 * padded.slice(1, 0, 3, [0, 3]).array(); // => [0, 0, 0]
 *
 * // Attention over all keys is the mean of attentions over parts, weighted by e^logSumExp.
 * const [left, right] = [[0, 4], [4, 8]].map((range) =>
 *   attention(q, k.slice(null, null, range), v.slice(null, null, range), { returnLogSumExp: true }),
 * );
 * const total = attention(q, k, v, { returnLogSumExp: true });
 * const share = left.logSumExp.sub(total.logSumExp).exp().unsqueeze(-1); // [2, 4, 8, 1]
 * const joined = left.out.mul(share).add(right.out.mul(share.neg().add(1)));
 * await joined.sub(total.out).abs().amax().item() < 1e-6; // => true
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  spec: AttentionSpec & LogSumExpOption<true>,
): AttentionResult;
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  spec?: AttentionSpec & Partial<LogSumExpOption<false>>,
): Tensor;
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  spec: AttentionSpec & Partial<LogSumExpOption> = {},
): Tensor | AttentionResult {
  const [out, logSumExp]: readonly Tensor[] = tidy(() => {
    const { inputs, attrs } = prepare(q, k, v, spec);
    const [attended, logSumExp] = run(attentionOp, inputs, attrs);
    const seen = hooked() ? throughHooks({ inputs, attrs, out: attended, logSumExp }) : attended;
    return spec.returnLogSumExp ? [seen, logSumExp] : [seen];
  });
  return spec.returnLogSumExp ? { out, logSumExp } : out;
}

/**
 * The weights `softmax(q k^T scale + bias)` themselves, `[B, H, T, S]`: for looking, and for models whose output they
 * are. Differentiable. Takes memory for all of them, which `attention` does not where it is fused.
 *
 * @returns rows that sum to 1 (less with sinks), or to 0 for a query that may attend nowhere
 * @throws what `attention` throws; ArgumentError for `dropout` and `returnLogSumExp`
 * @example
 * const weights = attentionWeights(q, k, { causal: true }); // [2, 4, 8, 8]
 * weights.slice(0, 0, 0).array(); // => [1, 0, 0, 0, 0, 0, 0, 0]
 */
export function attentionWeights(q: Tensor, k: Tensor, spec: Omit<AttentionSpec, "dropout"> = {}): Tensor {
  for (const name of ["dropout", "returnLogSumExp"]) {
    if (name in spec) throw new ArgumentError(`attentionWeights: takes no ${name}`);
  }
  return tidy(() => {
    const { inputs, attrs } = prepare(q, k, k, spec);
    return weightsOf(scoresOf(scoreInputs(inputs, inputs.slice(8)), attrs).masked, inputs[7]);
  });
}
