import type { DType, KeyWords } from "../backend.ts";
import { getBackend } from "../default-backend.ts";
import { defineOp, required, runOne } from "../op.ts";
import type { Key } from "../random/key.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { cast } from "./cast.ts";
import { type CreationOptions, checkShape } from "./fill.ts";
import { floor } from "./unary.ts";

interface RandomAttrs {
  readonly key: KeyWords;
  readonly kind: "bits" | "uniform" | "normal";
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const randomOp = defineOp<[], RandomAttrs>("random", {
  infer: (_, { shape, dtype }) => [{ dtype, shape }],
  kernel: required("random"),
  differentiable: false,
});

/** Random 32-bit integers: Threefry-2x32 of the element's index, identical on every backend. */
export function randomBits(
  key: Key,
  shape: readonly number[],
  options: Pick<CreationOptions, "backend"> = {},
): Tensor {
  checkShape("randomBits", shape);
  return runOne(
    randomOp,
    [],
    { key: key.words, kind: "bits", shape, dtype: "i32" },
    options.backend ?? getBackend(),
  );
}

/**
 * Uniform numbers in `[low, high)`, multiples of `2^-24 (high - low)`; of f16, of `2^-11 (high - low)`.
 *
 * @example const x = rand(new Key(0), [2, 3]);
 */
export function rand(
  key: Key,
  shape: readonly number[],
  options: CreationOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  checkShape("rand", shape);
  const { low = 0, high = 1, dtype = "f32", backend = getBackend() } = options;
  const of = (what: DType): Tensor =>
    runOne(randomOp, [], { key: key.words, kind: "uniform", shape, dtype: what }, backend);
  // Rounded to f16, a number right below 1 would be 1.
  const draw = (): Tensor =>
    dtype === "f16"
      ? tidy(() => cast(affine(floor(affine(of("f32"), 2048, 0)), 1 / 2048, 0), "f16"))
      : of(dtype);
  return low === 0 && high === 1 ? draw() : tidy(() => affine(draw(), high - low, low));
}

/**
 * Normal numbers of the given mean and standard deviation, by Box and Muller's transform.
 *
 * @see Box & Muller 1958, A note on the generation of random normal deviates
 * @example const x = randn(new Key(0), [2, 3], { std: 0.02 });
 */
export function randn(
  key: Key,
  shape: readonly number[],
  options: CreationOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  checkShape("randn", shape);
  const { mean = 0, std = 1, dtype = "f32", backend = getBackend() } = options;
  const draw = (): Tensor => runOne(randomOp, [], { key: key.words, kind: "normal", shape, dtype }, backend);
  return mean === 0 && std === 1 ? draw() : tidy(() => affine(draw(), std, mean));
}
