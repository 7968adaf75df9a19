import type { DType } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { arange } from "./arange.ts";
import { add, div, mul } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { bitAnd, bitOr, shiftLeft, shiftRight } from "./compare.ts";

import { amax } from "./reduce.ts";
import { reshape, unsqueeze } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { abs } from "./unary.ts";

/** Bits of a code. */
export type CodeBits = 4 | 8;

/**
 * A matrix `[N, K]` in small whole numbers: element `(n, k)` is `(code - 2^(bits - 1)) scales[n, k / blockSize]`.
 *
 * A word of 32 bits holds 4 or 8 codes, the first in its lowest bits.
 */
export interface QuantizedWeight {
  /** i32 `[N, K bits / 32]` */
  readonly codes: Tensor;
  /** Float `[N, K / blockSize]`; its dtype is that of the matrix. */
  readonly scales: Tensor;
  readonly bits: CodeBits;
}

export interface QuantizeOptions {
  readonly bits: CodeBits;
  /** Neighbours along the last dimension that share a scale. Default 32. */
  readonly blockSize?: number;
}

/**
 * Rounds a matrix to whole numbers of `bits` bits, with a scale for every block of neighbours in a row: the block's
 * largest magnitude over 127, or over 7. An element changes by half a scale at most.
 *
 * @param weight  `[N, K]`, float; K is a multiple of the block size
 * @throws ShapeError unless it is a matrix of whole blocks; ArgumentError for other numbers of bits, or a block size
 *   that is no multiple of 8
 * @example
 * const { codes, scales } = quantize(tensor([[0, 1, 2, 3, -4, -5, -6, -7]]), { bits: 4, blockSize: 8 });
 * codes.shape; // => [1, 1]
 * scales; // => [[1]]
 */
export function quantize(weight: Tensor, options: QuantizeOptions): QuantizedWeight {
  const { bits, blockSize = 32 } = options;
  requireFloat("quantize", weight);
  if (bits !== 4 && bits !== 8) throw new ArgumentError(`quantize: bits must be 4 or 8 (got ${bits})`);
  if (!(blockSize > 0 && blockSize % 8 === 0))
    throw new ArgumentError(`quantize: blockSize must be a multiple of 8 (got ${blockSize})`);
  if (weight.rank !== 2 || weight.shape[1] % blockSize !== 0) {
    throw new ShapeError(
      `quantize: needs a matrix whose rows are whole blocks of ${blockSize} (got ${formatShape(weight.shape)})`,
    );
  }
  return noGrad(() =>
    tidy(() => {
      const [n, k] = weight.shape;
      const blocks = reshape(widened(weight), [n, k / blockSize, blockSize]);
      const most = 2 ** (bits - 1) - 1;
      const largest = amax(abs(blocks), 2, { keepDims: true });
      const scales = cast(affine(largest, 1 / most, 0), weight.dtype); // rounded before it divides
      const divisor = cast(scales, blocks.dtype);
      const whole = div(blocks, add(divisor, cast(divisor.eq(0), blocks.dtype))).round();
      const codes = reshape(affine(whole.clamp(-most, most), 1, most + 1), [n, k]);
      return { codes: packed(codes, bits), scales: reshape(scales, [n, k / blockSize]), bits };
    }),
  );
}

/** Halves are not enough to divide in. */
function widened(x: Tensor): Tensor {
  return x.dtype === "f16" ? cast(x, "f32") : x;
}

function packed(codes: Tensor, bits: CodeBits): Tensor {
  const [n, k] = codes.shape;
  const each = 32 / bits;
  const places = reshape(cast(codes, "i32"), [n, k / each, each]);
  let words = narrow(places, 2, 0, 1);
  for (let i = 1; i < each; i++) words = bitOr(words, shiftLeft(narrow(places, 2, i, 1), i * bits));
  return reshape(words, [n, k / each]);
}

/**
 * The matrix of these codes and scales.
 *
 * @returns `[N, K]`, in the dtype of the scales
 * @throws ShapeError if codes and scales do not fit
 * @example
 * const weight = quantize(tensor([[0, 1, -7, 2, 3, 4, 5, 6]]), { bits: 4, blockSize: 8 });
 * dequantize(weight); // => [[0, 1, -7, 2, 3, 4, 5, 6]]
 */
export function dequantize({ codes, scales, bits }: QuantizedWeight): Tensor {
  return tidy(() => {
    const [n, k] = quantizedShape("dequantize", { codes, scales, bits });
    const blocks = scales.shape[1];
    const shaped = reshape(wholeNumbers(codes, bits, scales.dtype), [
      n,
      blocks,
      blocks === 0 ? 0 : k / blocks,
    ]);
    return reshape(mul(shaped, unsqueeze(scales, 2)), [n, k]);
  });
}

/** The codes as what they stand for, `[N, K]`: whole numbers around 0. */
export function wholeNumbers(codes: Tensor, bits: CodeBits, dtype: DType): Tensor {
  const [n, words] = codes.shape;
  const shifts = arange(0, 32, bits, { backend: codes.backend });
  const each = bitAnd(shiftRight(unsqueeze(codes, 2), shifts), 2 ** bits - 1);
  return affine(cast(reshape(each, [n, (words * 32) / bits]), dtype), 1, -(2 ** (bits - 1)));
}

/** N and K of a quantized matrix whose parts fit each other. */
export function quantizedShape(op: string, { codes, scales, bits }: QuantizedWeight): [n: number, k: number] {
  const k = (codes.shape[1] * 32) / bits;
  const fit =
    codes.dtype === "i32" && codes.rank === 2 && scales.rank === 2 && codes.shape[0] === scales.shape[0];
  if (!fit || (k === 0 ? scales.shape[1] !== 0 : k % scales.shape[1] !== 0)) {
    throw new ShapeError(
      `${op}: codes of ${bits} bits and scales do not fit (codes ${codes.describe()}, scales ${scales.describe()})`,
    );
  }
  return [codes.shape[0], k];
}
