import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../layout.ts";
import { type CreationOptions, zeros } from "../ops/fill.ts";
import { rand, randn } from "../ops/random.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";

/** As what and where a parameter is made: a float dtype (default f32), a backend. */
export type InitOptions = CreationOptions;

/** How a parameter begins. */
export type Initializer = (key: Key, shape: readonly number[], options: InitOptions) => Tensor;

/** Zeros, whatever the key. */
export const zero: Initializer = (_, shape, options) => zeros(shape, options);

/**
 * Inputs and outputs of a weight `[out, in, ...kernel]`, as PyTorch counts them.
 *
 * @throws ShapeError for fewer than two dimensions
 */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2)
    throw new ShapeError(`fans: needs at least two dimensions (got ${formatShape(shape)})`);
  const receptive = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * receptive, fanOut: shape[0] * receptive };
}

/** Uniform in `[-bound, bound)`. */
export function uniform(
  key: Key,
  shape: readonly number[],
  bound: number,
  options: InitOptions = {},
): Tensor {
  return rand(key, shape, { low: -bound, high: bound, ...options });
}

/** Normal of mean 0. */
export function normal(key: Key, shape: readonly number[], std: number, options: InitOptions = {}): Tensor {
  return randn(key, shape, { std, ...options });
}

/** Uniform in `±gain sqrt(6 / (fanIn + fanOut))`. @see Glorot & Bengio 2010, eq. 16 */
export function xavierUniform(
  key: Key,
  shape: readonly number[],
  gain = 1,
  options: InitOptions = {},
): Tensor {
  const { fanIn, fanOut } = fans(shape);
  return uniform(key, shape, gain * Math.sqrt(6 / (fanIn + fanOut)), options);
}

/** Normal of variance `gain^2 2 / (fanIn + fanOut)`. @see Glorot & Bengio 2010, eq. 12 */
export function xavierNormal(
  key: Key,
  shape: readonly number[],
  gain = 1,
  options: InitOptions = {},
): Tensor {
  const { fanIn, fanOut } = fans(shape);
  return normal(key, shape, gain * Math.sqrt(2 / (fanIn + fanOut)), options);
}

/** Uniform in `±gain sqrt(3 / fanIn)`. @see He et al. 2015, arXiv:1502.01852, eq. 10 */
export function kaimingUniform(
  key: Key,
  shape: readonly number[],
  gain = Math.SQRT2,
  options: InitOptions = {},
): Tensor {
  return uniform(key, shape, gain * Math.sqrt(3 / fans(shape).fanIn), options);
}

/** Normal of variance `gain^2 / fanIn`. @see He et al. 2015, arXiv:1502.01852, eq. 10 */
export function kaimingNormal(
  key: Key,
  shape: readonly number[],
  gain = Math.SQRT2,
  options: InitOptions = {},
): Tensor {
  return normal(key, shape, gain / Math.sqrt(fans(shape).fanIn), options);
}
