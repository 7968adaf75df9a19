import {
  ArgumentError,
  add,
  type Backend,
  type Key,
  narrow,
  ShapeError,
  type Tensor,
  tensor,
} from "@saccade/core";
import { init, Module, Parameter } from "@saccade/core/nn";
import { type SinusoidOptions, sinusoidTable } from "./sinusoidal.ts";

/** Gives sequences their order: adds to each element what tells its place. */
export interface PositionEncoding {
  /** @param x  `[B, T, D]` @param start  place of the first element @returns the shape of x */
  forward(x: Tensor, start?: number): Tensor;
}

/** The length of x, checked to end before `maxLength`. */
function lengthWithin(name: string, maxLength: number, x: Tensor, start: number): number {
  const length = x.shape[x.rank - 2];
  if (start + length > maxLength)
    throw new ShapeError(`${name}: positions up to ${start + length} of ${maxLength} (x ${x.describe()})`);
  return length;
}

/**
 * Sinusoidal positions, added: a constant table, no parameters.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 * @example const y = new SinusoidalPositions(128, 16).forward(zeros([2, 5, 16]));
 */
export class SinusoidalPositions extends Module implements PositionEncoding {
  readonly maxLength: number;
  readonly width: number;
  private readonly table: Float32Array;

  constructor(maxLength: number, width: number, options: SinusoidOptions = {}) {
    super();
    this.maxLength = maxLength;
    this.width = width;
    this.table = sinusoidTable(maxLength, width, options);
  }

  forward(x: Tensor, start = 0): Tensor {
    const length = lengthWithin("SinusoidalPositions", this.maxLength, x, start);
    const rows = this.table.subarray(start * this.width, (start + length) * this.width);
    return add(x, tensor(rows, { shape: [length, this.width], dtype: x.dtype, backend: x.backend }));
  }
}

/**
 * Learned positions, added: one row per place.
 *
 * @see Gehring et al. 2017, arXiv:1705.03122, section 3.1
 * @example const y = new LearnedPositions(128, 16, { key: new Key(0) }).forward(zeros([2, 5, 16]));
 */
export class LearnedPositions extends Module implements PositionEncoding {
  /** `[maxLength, width]` */
  readonly weight: Parameter;

  /** @param options.std  standard deviation of the initial rows; default 0.02 */
  constructor(
    maxLength: number,
    width: number,
    options: { readonly key: Key; readonly std?: number; readonly backend?: Backend },
  ) {
    super();
    const { key, std = 0.02, ...where } = options;
    if (!(std >= 0)) throw new ArgumentError(`LearnedPositions: std must not be negative (got ${std})`);
    this.weight = new Parameter(init.normal(key, [maxLength, width], std, where));
  }

  forward(x: Tensor, start = 0): Tensor {
    const length = lengthWithin("LearnedPositions", this.weight.shape[0], x, start);
    return add(x, narrow(this.weight, 0, start, length));
  }
}
