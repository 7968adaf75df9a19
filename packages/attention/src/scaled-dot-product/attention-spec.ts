import {
  ArgumentError,
  type AttentionAttrs,
  DTypeError,
  describeValue,
  isFloat,
  Key,
  type OptionNames,
  requireDropout,
  requireFloat,
  requireKnown,
  Tensor,
} from "@saccade/core";
import { BlockMask } from "../score-mods/block-mask.ts";
import type { MaskMod, ScoreMod } from "../score-mods/trace-mods.ts";
import type { CuSeqlens, Lengths } from "./sequences.ts";

/** How far a query sees: so many keys, or so many to the left and to the right; an absent side is unbounded. */
export type Window = number | { readonly left?: number; readonly right?: number };

/**
 * How queries attend. A key is seen if every option lets it be seen. In order: scores are scaled, capped, biased (ALiBi,
 * bias), changed (scoreMod), masked (causal, window, mask, maskMod, lengths, cuSeqlens), joined by sinks, and turned into weights, which dropout drops.
 */
export interface AttentionSpec {
  /** Query i sees keys up to `i + S - T` (aligned at the bottom right, so that cached decoding is right). Default false. */
  readonly causal?: boolean;
  /**
   * With `causal`, a number w is the w last keys, the query's own included (Mistral). Without, it is w keys to each
   * side beside the query's own (Longformer). `{ left, right }`: so many keys to each side beside the query's own.
   */
  readonly window?: Window;
  /**
   * u8, broadcasting to `[B, H, T, S]`: 1 = may attend. A query that may attend nowhere gives zeros. Padding of the keys,
   * `[B, S]`, goes in as `[B, 1, 1, S]`.
   */
  readonly mask?: Tensor | null;
  /** Broadcasts to `[B, H, T, S]`, in the dtype of q: added to the scores; has a gradient. */
  readonly bias?: Tensor | null;
  /**
   * Adds `-slope |i + S - T - j|` to the score of query i and key j. `true`: the published slopes (`alibiSlopes`). A
   * tensor `[H]` in the dtype of q: these; has a gradient (Press et al. 2022, arXiv:2108.12409; with the sign of
   * FlashAttention's `alibi_slopes`).
   */
  readonly alibi?: boolean | Tensor | null;
  /**
   * One more score for each head, `[H]` in the dtype of q, that draws weight and has no value: rows of weights sum to
   * less than 1. Has a gradient. Part of the log-sum-exp (gpt-oss; Xiao et al. 2024, arXiv:2309.17453).
   */
  readonly sinks?: Tensor | null;
  /**
   * What each score becomes, as a function of it and of where it is: `(score, { b, h, q, k, i }) => score.sub(q.sub(k))`,
   * q the query's place among the keys, i its row. It runs at each call, once for all pairs, and is compiled into the
   * kernels; tensors that it reads (`captured`) get their gradients (FlexAttention; Dong et al. 2024, arXiv:2412.05496).
   */
  readonly scoreMod?: ScoreMod | null;
  /**
   * Whether a query sees a key, as a function of where they are: `({ q, k }) => q.sub(k).abs().le(4)`. Else as scoreMod.
   * Blocks of 64 queries and 64 keys that see nothing are not computed; `createBlockMask` finds them once for many calls.
   */
  readonly maskMod?: MaskMod | BlockMask | null;
  /**
   * How much of each sequence there is, `[B]`; behind it is padding: keys that nobody sees, queries that give zeros and
   * have no gradient. Numbers alone are those of queries and keys both (then `T = S`). Places count within the
   * sequence: the last query of each stands on its last key.
   */
  readonly lengths?: Lengths | undefined;
  /**
   * Sequences one behind the other, in one batch item: where they begin and end, `[N + 1]`, as FlashAttention's
   * `cu_seqlens_q` and `cu_seqlens_k`. Tokens attend within their sequence; places count within it, too.
   */
  readonly cuSeqlens?: CuSeqlens | undefined;
  /** Factor on `q k^T`. Default `1/sqrt(E)`, E the width of a head. */
  readonly scale?: number;
  /** `softcap tanh(score / softcap)`, before bias and masks (Gemma 2). Default off. */
  readonly softcap?: number;
  /** Drops weights with probability p; which ones is a function of the key. Default off. */
  readonly dropout?: { readonly p: number; readonly key: Key };
}

/** What `attention` gives: its output alone, which is the default, or also the log-sum-exp of each query's scores. */
export interface LogSumExpOption<Wanted extends boolean = boolean> {
  readonly returnLogSumExp: Wanted;
}

const specNames: OptionNames<AttentionSpec & LogSumExpOption> = {
  causal: true,
  window: true,
  mask: true,
  bias: true,
  alibi: true,
  sinks: true,
  scoreMod: true,
  maskMod: true,
  lengths: true,
  cuSeqlens: true,
  scale: true,
  softcap: true,
  dropout: true,
  returnLogSumExp: true,
};

function requireWindow(what: string, least: number, value: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ArgumentError(`attention: ${what} must be an integer of at least ${least} (got ${value})`);
}

/** Keys to the left and to the right of a query's own; -1 is unbounded. */
function windowSides({ window, causal = false }: AttentionSpec): { left: number; right: number } {
  if (window === undefined) return { left: -1, right: -1 };
  if (typeof window !== "number" && (typeof window !== "object" || window === null)) {
    throw new ArgumentError(
      `attention: window must be a number or { left, right } (got ${describeValue(window)})`,
    );
  }
  if (typeof window === "number") {
    requireWindow(causal ? "a causal window" : "window", causal ? 1 : 0, window);
    return causal ? { left: window - 1, right: -1 } : { left: window, right: window };
  }
  requireKnown("attention: window", window, { left: true, right: true });
  for (const side of ["left", "right"] as const) {
    const value = window[side];
    if (value !== undefined) requireWindow(`window.${side}`, 0, value);
  }
  return { left: window.left ?? -1, right: window.right ?? -1 };
}

/** What is true or false, and what is a tensor: of programs without types, the wrong one would mean something else. */
function checkKinds(spec: AttentionSpec & Partial<LogSumExpOption>): void {
  for (const name of ["causal", "returnLogSumExp"] as const) {
    const value = spec[name];
    if (value === undefined || typeof value === "boolean") continue;
    throw new ArgumentError(`attention: ${name} must be true or false (got ${describeValue(value)})`);
  }
  for (const name of ["mask", "bias", "alibi", "sinks"] as const) {
    const value = spec[name];
    if (value === undefined || value === null || value instanceof Tensor) continue;
    if (name === "alibi" && typeof value === "boolean") continue;
    const kinds = name === "alibi" ? "true, false or a tensor" : "a tensor";
    throw new ArgumentError(`attention: ${name} must be ${kinds} (got ${describeValue(value)})`);
  }
}

function checkMask(mask: Tensor): void {
  if (mask.dtype === "u8") return;
  const added = isFloat(mask.dtype) ? "; what is added to scores is a bias" : "";
  throw new DTypeError(`attention: mask must be u8, 1 = may attend (got ${mask.describe()})${added}`);
}

function checkNumbers({ scale, softcap }: AttentionSpec): void {
  if (scale !== undefined && !Number.isFinite(scale)) {
    throw new ArgumentError(`attention: scale must be finite (got ${scale})`);
  }
  if (softcap !== undefined && !(softcap > 0 && Number.isFinite(softcap))) {
    throw new ArgumentError(`attention: softcap must be positive and finite (got ${softcap})`);
  }
}

function checkDropout({ dropout }: AttentionSpec): void {
  if (dropout === undefined) return;
  if (typeof dropout !== "object" || !(dropout.key instanceof Key)) {
    throw new ArgumentError("attention: dropout must be { p, key }, key a Key");
  }
  requireKnown("attention: dropout", dropout, { p: true, key: true });
  requireDropout("attention", "dropout p", dropout.p);
}

function checkFunctions(spec: AttentionSpec): void {
  for (const name of ["scoreMod", "maskMod"] as const) {
    const fn = spec[name];
    if (fn && typeof fn !== "function" && !(name === "maskMod" && fn instanceof BlockMask)) {
      throw new ArgumentError(`attention: ${name} must be a function (got ${describeValue(fn)})`);
    }
  }
}

/**
 * What kernels see of a spec, checked, but for functions of scores.
 *
 * @param width  of a head, `E`
 * @throws ArgumentError for an option that is unknown or out of range; DTypeError for a mask or bias of another dtype
 */
export function attrsOf(spec: AttentionSpec, width: number): AttentionAttrs {
  requireKnown("attention", spec, specNames);
  checkKinds(spec);
  checkNumbers(spec);
  checkDropout(spec);
  checkFunctions(spec);
  if (spec.mask) checkMask(spec.mask);
  if (spec.bias) requireFloat("attention", spec.bias, "bias");
  if (typeof spec.alibi === "object" && spec.alibi) requireFloat("attention", spec.alibi, "alibi");
  if (spec.sinks) requireFloat("attention", spec.sinks, "sinks");
  const { left, right } = windowSides(spec);
  return {
    scale: spec.scale ?? (width > 0 ? 1 / Math.sqrt(width) : 1),
    causal: spec.causal ?? false,
    windowLeft: left,
    windowRight: right,
    softcap: spec.softcap ?? 0,
    dropout: spec.dropout?.p ?? 0,
    key: spec.dropout?.key.words ?? [0, 0],
  };
}

/** @throws ArgumentError for `returnLogSumExp`, which is of `attention` alone */
export function refuseLogSumExp(owner: string, spec: AttentionSpec & Partial<LogSumExpOption>): void {
  if (!spec.returnLogSumExp) return;
  throw new ArgumentError(`${owner}: takes no returnLogSumExp; attention of the heads does`);
}
