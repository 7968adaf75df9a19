import { Key, randn, type Tensor, tensor } from "@saccade/core";
import fc from "fast-check";
import type { AttentionSpec, Window } from "../scaled-dot-product/attention-spec.ts";
import type { DefinitionInputs, DefinitionSizes } from "./definition.ts";

/** One call of attention: every option, alone and together, with sizes from 0 or 1. */
export interface AttentionExample {
  readonly sizes: DefinitionSizes;
  readonly causal: boolean;
  readonly window: Window | undefined;
  /** Which of the four dimensions of a mask or bias are 1; how many leading ones are left out. */
  readonly mask: {
    readonly ones: readonly boolean[];
    readonly drop: number;
    readonly density: number;
  } | null;
  readonly bias: { readonly ones: readonly boolean[]; readonly drop: number } | null;
  readonly scale: number | undefined;
  readonly softcap: number | undefined;
  readonly seed: number;
}

const side = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
const extent = {
  ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  drop: fc.integer({ min: 0, max: 4 }),
};

/** @param least  the least length of queries and keys, 0 or 1 */
export function arbitraryAttention(least: 0 | 1): fc.Arbitrary<AttentionExample> {
  return fc.record({
    sizes: fc
      .record({
        B: fc.integer({ min: least, max: 2 }),
        K: fc.integer({ min: 1, max: 2 }),
        group: fc.integer({ min: 1, max: 3 }),
        T: fc.integer({ min: least, max: 5 }),
        S: fc.integer({ min: least, max: 6 }),
        E: fc.integer({ min: 1, max: 4 }),
        Ev: fc.integer({ min: 1, max: 4 }),
      })
      .map(({ group, ...sizes }) => ({ ...sizes, H: group * sizes.K })),
    causal: fc.boolean(),
    window: fc.option(
      fc.oneof(
        fc.integer({ min: 1, max: 5 }),
        fc.record({ left: side, right: side }).map(({ left, right }) => ({
          ...(left === undefined ? {} : { left }),
          ...(right === undefined ? {} : { right }),
        })),
      ),
      { nil: undefined },
    ),
    mask: fc.option(fc.record({ ...extent, density: fc.constantFrom(0, 0.3, 0.8) })),
    bias: fc.option(fc.record(extent)),
    scale: fc.option(fc.double({ min: -1, max: 2, noNaN: true }), { nil: undefined }),
    softcap: fc.option(fc.double({ min: 0.5, max: 30, noNaN: true }), { nil: undefined }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });
}

interface Extra {
  readonly shape: readonly number[];
  at(b: number, h: number, t: number, s: number): number;
}

/** Numbers in a shape that broadcasts to `[B, H, T, S]`, and the one that a place sees. */
function extra(
  { B, H, T, S }: DefinitionSizes,
  { ones, drop }: { readonly ones: readonly boolean[]; readonly drop: number },
): Extra {
  const full = [B, H, T, S].map((size, d) => (ones[d] || d < drop ? 1 : size));
  const index = (...place: number[]): number =>
    place.reduce((at, i, d) => at * full[d] + (full[d] === 1 ? 0 : i), 0);
  return { shape: full.slice(drop), at: index };
}

const uniform = (seed: number, i: number): number => {
  const x = Math.sin(seed * 12.9898 + i * 78.233) * 43758.5453;
  return x - Math.floor(x);
};

export interface BuiltExample {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly spec: AttentionSpec;
  /** What the definition needs beside q, k and v. */
  readonly rules: Omit<DefinitionInputs, "q" | "k" | "v">;
}

/** The tensors (f64) of an example, in the current scope, and its rules as functions of a place. */
export function build(example: AttentionExample): BuiltExample {
  const { sizes, causal, window, scale, softcap, seed } = example;
  const { B, H, K, T, S, E, Ev } = sizes;
  const key = new Key(seed);
  const f64 = { dtype: "f64" } as const;
  const maskAt = example.mask && extra(sizes, example.mask);
  const biasAt = example.bias && extra(sizes, example.bias);
  const density = example.mask?.density ?? 1;
  const maskValue = (i: number): number => (uniform(seed, i) < density ? 1 : 0);
  const biasValue = (i: number): number => 4 * uniform(seed + 1, i) - 2;
  const fill = (shape: readonly number[], value: (i: number) => number): number[] =>
    Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => value(i));
  const { left = Infinity, right = Infinity } =
    typeof window === "number"
      ? { left: causal ? window - 1 : window, right: causal ? Infinity : window }
      : (window ?? {});
  const spec: AttentionSpec = {
    causal,
    ...(window === undefined ? {} : { window }),
    ...(scale === undefined ? {} : { scale }),
    ...(softcap === undefined ? {} : { softcap }),
    mask: maskAt && tensor(Uint8Array.from(fill(maskAt.shape, maskValue)), { shape: maskAt.shape }),
    bias: biasAt && tensor(Float64Array.from(fill(biasAt.shape, biasValue)), { shape: biasAt.shape }),
  };
  return {
    q: randn(key.fold(0), [B, H, T, E], f64),
    k: randn(key.fold(1), [B, K, S, E], f64),
    v: randn(key.fold(2), [B, K, S, Ev], f64),
    spec,
    rules: {
      ...(scale === undefined ? {} : { scale }),
      softcap,
      bias: (...place) => (biasAt ? biasValue(biasAt.at(...place)) : 0),
      visible(b, h, t, s) {
        const distance = t + S - T - s;
        const inWindow = distance <= left && -distance <= right && (!causal || distance >= 0);
        return inWindow && (!maskAt || maskValue(maskAt.at(b, h, t, s)) === 1);
      },
    },
  };
}
