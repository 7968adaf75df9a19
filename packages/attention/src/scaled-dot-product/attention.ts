import {
  ArgumentError,
  type AttentionAttrs,
  type Key,
  requireDtype,
  requireFloat,
  run,
  type Tensor,
} from "@saccade/core";
import { type AttentionInputs, attentionOp } from "./attention-op.ts";
import { weightsFromLogSumExp } from "./compose.ts";

/** How far a query sees: `window` keys back (itself included) when causal, or so many to the left and to the right. */
export type Window = number | { readonly left?: number; readonly right?: number };

/** How queries attend. Every option combines with every other. */
export interface AttentionSpec {
  /** Query i sees keys up to `i + S - T` (aligned at the bottom right, so that cached decoding is right). Default false. */
  readonly causal?: boolean;
  /**
   * A number w with `causal`: the w last keys, the query's own included (Mistral). Without: w keys to each side. Or
   * `{ left, right }`: so many keys to each side; absent is unbounded.
   */
  readonly window?: Window;
  /** u8, broadcasting to `[B, H, T, S]`: 1 = may attend. A row without any gives zeros. */
  readonly mask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, S]`: added to the scores; has a gradient. */
  readonly bias?: Tensor | null;
  /** Logit factor. Default `1/sqrt(E)`. */
  readonly scale?: number;
  /** `softcap tanh(score / softcap)`, before bias and masks. Default off. */
  readonly softcap?: number;
  /** Drops weights with probability p, by key. Default off. */
  readonly dropout?: { readonly p: number; readonly key: Key };
}

const optionNames: ReadonlySet<string> = new Set([
  "causal",
  "window",
  "mask",
  "bias",
  "scale",
  "softcap",
  "dropout",
]);

function checkSpec(spec: AttentionSpec): void {
  for (const name of Object.keys(spec)) {
    if (!optionNames.has(name))
      throw new ArgumentError(`attention: unknown option "${name}" (known: ${[...optionNames].join(", ")})`);
  }
  if (spec.softcap !== undefined && !(spec.softcap > 0))
    throw new ArgumentError(`attention: softcap must be positive (got ${spec.softcap})`);
  if (spec.scale !== undefined && !Number.isFinite(spec.scale))
    throw new ArgumentError(`attention: scale must be finite (got ${spec.scale})`);
  const p = spec.dropout?.p ?? 0;
  if (!(p >= 0 && p < 1)) throw new ArgumentError(`attention: dropout p must be in [0, 1) (got ${p})`);
  if (spec.mask) requireDtype("attention", spec.mask, "u8", "mask");
  if (spec.bias) requireFloat("attention", spec.bias, "bias");
}

function windowSides({ window, causal = false }: AttentionSpec): { left: number; right: number } {
  if (window === undefined) return { left: -1, right: -1 };
  const sides =
    typeof window === "number" ? { left: causal ? window - 1 : window, right: causal ? -1 : window } : window;
  const { left = -1, right = -1 } = sides;
  for (const side of [left, right]) {
    if (!Number.isInteger(side) || side < -1)
      throw new ArgumentError(
        `attention: window must be whole and not negative (got ${JSON.stringify(window)})`,
      );
  }
  if (typeof window === "number" && left < 0)
    throw new ArgumentError(`attention: a causal window must be at least 1 (got ${window})`);
  return { left, right };
}

function attrsOf(spec: AttentionSpec, width: number): AttentionAttrs {
  const { left, right } = windowSides(spec);
  return {
    scale: spec.scale ?? 1 / Math.sqrt(width),
    causal: spec.causal ?? false,
    windowLeft: left,
    windowRight: right,
    softcap: spec.softcap ?? 0,
    dropout: spec.dropout?.p ?? 0,
    key: spec.dropout?.key.words ?? [0, 0],
  };
}

function prepare(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  spec: AttentionSpec,
): { inputs: AttentionInputs; attrs: AttentionAttrs } {
  requireFloat("attention", q, "q");
  checkSpec(spec);
  return {
    inputs: [q, k, v, spec.mask ?? null, spec.bias ?? null],
    attrs: attrsOf(spec, q.shape[q.rank - 1]),
  };
}

/**
 * Scaled dot-product attention: `softmax(q k^T scale + bias) v`.
 *
 * Fused where the backend has an `attention` kernel (memory grows with T, not T S); otherwise composed.
 *
 * @param q  queries, `[B, H, T, E]`, float
 * @param k  keys, `[B, K, S, E]`; K divides H (grouped-query attention)
 * @param v  values, `[B, K, S, Ev]`
 * @returns `[B, H, T, Ev]`, the dtype of q
 * @throws ShapeError `attention: H=6 is not a multiple of K=4 (q [2,6,8,16], k [2,4,8,16], v [2,4,8,16])`
 * @throws ArgumentError for an option that is unknown or out of range
 * @see Vaswani et al. 2017, arXiv:1706.03762, eq. 1; Dao 2023, arXiv:2307.08691 for the fused form
 * @example
 * const q = randn(new Key(0), [1, 2, 5, 8]);
 * const y = attention(q, q, q, { causal: true }); // [1, 2, 5, 8]
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, spec: AttentionSpec = {}): Tensor {
  return attentionWithLogSumExp(q, k, v, spec).out;
}

/**
 * `attention`, and the log-sum-exp of each query's masked scores `[B, H, T]`: what joins partial attentions over pieces
 * of the keys, and what weights are recomputed from.
 */
export function attentionWithLogSumExp(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  spec: AttentionSpec = {},
): { out: Tensor; logSumExp: Tensor } {
  const { inputs, attrs } = prepare(q, k, v, spec);
  const [out, logSumExp] = run(attentionOp, inputs, attrs);
  return { out, logSumExp };
}

/**
 * The weights `softmax(q k^T scale + bias)` themselves, `[B, H, T, S]`: for looking, and for models whose output they are.
 * Computed from the same log-sum-exp as `attention`, without dropout; differentiable.
 *
 * @example
 * const q = randn(new Key(0), [1, 2, 5, 8]);
 * const w = attentionWeights(q, q, { causal: true }); // [1, 2, 5, 5], rows sum to 1
 */
export function attentionWeights(q: Tensor, k: Tensor, spec: Omit<AttentionSpec, "dropout"> = {}): Tensor {
  const { inputs, attrs } = prepare(q, k, k, spec);
  const [, logSumExp] = run(attentionOp, inputs, attrs);
  return weightsFromLogSumExp(inputs, logSumExp, attrs);
}
