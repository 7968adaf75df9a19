import { Key, randn, type Tensor, tensor } from "@saccade/core";
import fc from "fast-check";
import { alibiSlopes } from "../scaled-dot-product/alibi.ts";
import type { AttentionSpec, Window } from "../scaled-dot-product/attention-spec.ts";
import {
  arbitrarySequences,
  type BuiltSequences,
  buildSequences,
  type SequencesExample,
} from "./arbitrary-sequences.ts";
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
  readonly alibi: "published" | "given" | null;
  readonly sinks: boolean;
  readonly sequences: SequencesExample;
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
    alibi: fc.option(fc.constantFrom("published", "given")),
    sinks: fc.boolean(),
    sequences: arbitrarySequences,
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
  readonly sizes: DefinitionSizes;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly spec: AttentionSpec;
  /** What the definition needs beside q, k and v. */
  readonly rules: Omit<DefinitionInputs, "q" | "k" | "v">;
}

/** What a spec's window means: so many keys to the left and to the right. */
function windowOf({ window, causal }: AttentionExample): { left: number; right: number } {
  if (typeof window === "number") {
    return causal ? { left: window - 1, right: 0 } : { left: window, right: window };
  }
  const { left = Infinity, right = Infinity } = window ?? {};
  return { left, right: causal ? 0 : right };
}

/** The rules of an example as functions of a place. */
function rulesOf(
  example: AttentionExample,
  sequences: BuiltSequences,
  slopes: readonly number[],
): BuiltExample["rules"] {
  const { sizes, scale, softcap, seed } = example;
  const { left, right } = windowOf(example);
  const maskAt = example.mask && extra(sizes, example.mask);
  const biasAt = example.bias && extra(sizes, example.bias);
  const density = example.mask?.density ?? 1;
  return {
    ...(scale === undefined ? {} : { scale }),
    softcap,
    sink: (h) => (example.sinks ? sinkValue(seed, h) : Number.NEGATIVE_INFINITY),
    bias: (b, h, t, s) =>
      (biasAt ? biasValue(seed, biasAt.at(b, h, t, s)) : 0) -
      (example.alibi ? slopes[h] * Math.abs(sequences.distance(b, t, s)) : 0),
    visible(b, h, t, s) {
      const distance = sequences.distance(b, t, s);
      const inWindow = distance <= left && -distance <= right;
      const unmasked = !maskAt || maskValue(seed, density, maskAt.at(b, h, t, s)) === 1;
      return sequences.together(b, t, s) && inWindow && unmasked;
    },
  };
}

const maskValue = (seed: number, density: number, i: number): number => (uniform(seed, i) < density ? 1 : 0);
const biasValue = (seed: number, i: number): number => 4 * uniform(seed + 1, i) - 2;
const sinkValue = (seed: number, h: number): number => 6 * uniform(seed + 2, h) - 3;
const slopeValue = (seed: number, h: number): number => 2 * uniform(seed + 3, h) - 0.5;

/** The tensors (f64) of an example, in the current scope, and its rules. */
export function build(example: AttentionExample): BuiltExample {
  const { causal, window, scale, softcap, seed } = example;
  const { sequences, B, T, S } = buildSequences(example.sequences, example.sizes);
  const sizes = { ...example.sizes, B, T, S };
  const { H, K, E, Ev } = sizes;
  const key = new Key(seed);
  const f64 = { dtype: "f64" } as const;
  const maskAt = example.mask && extra(sizes, example.mask);
  const biasAt = example.bias && extra(sizes, example.bias);
  const density = example.mask?.density ?? 1;
  const fill = (shape: readonly number[], value: (i: number) => number): number[] =>
    Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => value(i));
  const given = fill([H], (h) => slopeValue(seed, h));
  const spec: AttentionSpec = {
    causal,
    ...sequences.spec,
    ...(window === undefined ? {} : { window }),
    ...(scale === undefined ? {} : { scale }),
    ...(softcap === undefined ? {} : { softcap }),
    mask:
      maskAt &&
      tensor(Uint8Array.from(fill(maskAt.shape, (i) => maskValue(seed, density, i))), {
        shape: maskAt.shape,
      }),
    bias:
      biasAt &&
      tensor(Float64Array.from(fill(biasAt.shape, (i) => biasValue(seed, i))), { shape: biasAt.shape }),
    alibi: example.alibi === "given" ? tensor(Float64Array.from(given)) : example.alibi !== null,
    sinks: example.sinks ? tensor(Float64Array.from(fill([H], (h) => sinkValue(seed, h)))) : null,
  };
  return {
    sizes,
    q: randn(key.fold(0), [B, H, T, E], f64),
    k: randn(key.fold(1), [B, K, S, E], f64),
    v: randn(key.fold(2), [B, K, S, Ev], f64),
    spec,
    rules: rulesOf({ ...example, sizes }, sequences, example.alibi === "given" ? given : alibiSlopes(H)),
  };
}
