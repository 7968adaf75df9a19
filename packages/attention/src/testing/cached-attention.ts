import { concat, Key, randn, type Tensor } from "@saccade/core";
import fc from "fast-check";
import type { KeyValueCache } from "../cache/key-value-cache.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";

/** A sequence that comes in pieces, and how it attends. */
export interface CachedExample {
  readonly B: number;
  readonly K: number;
  readonly group: number;
  readonly pieces: readonly number[];
  readonly window: number | undefined;
  readonly softcap: number | undefined;
  readonly alibi: boolean;
  readonly seed: number;
}

/** @param window  whether there always is one */
export function arbitraryCached(window: boolean): fc.Arbitrary<CachedExample> {
  const keys = fc.integer({ min: 1, max: 5 });
  return fc.record({
    B: fc.integer({ min: 1, max: 2 }),
    K: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    pieces: fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 4, max: 14 })), {
      minLength: 1,
      maxLength: 12,
    }),
    window: window ? keys : fc.option(keys, { nil: undefined }),
    softcap: fc.option(fc.double({ min: 0.5, max: 30, noNaN: true }), { nil: undefined }),
    alibi: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });
}

export interface CachedOperands {
  /** `[B, H, S, 4]`, `[B, K, S, 4]`, `[B, K, S, 3]` */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly spec: AttentionSpec;
}

export function operandsOf({
  B,
  K,
  group,
  pieces,
  window,
  softcap,
  alibi,
  seed,
}: CachedExample): CachedOperands {
  const S = pieces.reduce((total, piece) => total + piece, 0);
  const draw = (index: number, shape: number[]): Tensor =>
    randn(new Key(seed).fold(index), shape, { dtype: "f64" });
  return {
    q: draw(0, [B, K * group, S, 4]),
    k: draw(1, [B, K, S, 4]),
    v: draw(2, [B, K, S, 3]),
    spec: {
      causal: true,
      alibi,
      ...(window === undefined ? {} : { window }),
      ...(softcap === undefined ? {} : { softcap }),
    },
  };
}

/** Attention piece by piece, over what a cache holds behind each. */
export function pieceByPiece(
  cache: KeyValueCache,
  pieces: readonly number[],
  { q, k, v, spec }: CachedOperands,
): Tensor {
  let start = cache.length;
  const outs = pieces.map((T) => {
    const rows = (x: Tensor): Tensor => x.narrow(2, start, T);
    const { keys, values } = cache.append(rows(k), rows(v));
    const out = attention(rows(q), keys, values, spec);
    start += T;
    return out;
  });
  return concat(outs, 2);
}
