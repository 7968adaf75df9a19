import {
  ArgumentError,
  add,
  type Backend,
  type Key,
  narrow,
  requirePositiveInteger,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { init, Module, Parameter } from "@saccade/core/nn";
import { type SinusoidOptions, sinusoidTable } from "./sinusoidal.ts";

/** Gives sequences their order: adds to each element what tells its place. */
export interface PositionEncoding {
  /** @param x  `[..., T, D]` @param start  place of the first element, default 0 @returns the shape of x */
  forward(x: Tensor, start?: number): Tensor;
}

/** The length of x `[..., T, D]`, checked to fit a table of positions. */
function checkedLength(name: string, maxLength: number, width: number, x: Tensor, start: number): number {
  if (x.rank < 2 || x.shape[x.rank - 1] !== width) {
    throw new ShapeError(`${name}: x must be [..., length, ${width}] (got ${x.describe()})`);
  }
  if (!Number.isInteger(start) || start < 0) {
    throw new ArgumentError(`${name}: start must be a non-negative integer (got ${start})`);
  }
  const length = x.shape[x.rank - 2];
  if (start + length <= maxLength) return length;
  throw new ShapeError(
    `${name}: there are ${maxLength} positions, x ends at ${start + length} (got ${x.describe()}, start ${start})`,
  );
}

/**
 * Sinusoidal positions, added: a constant table, no parameters. See `sinusoidalPositions`.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 * @example
 * const positions = new SinusoidalPositions(128, 4);
 * positions.forward(zeros([1, 2, 4])).array(); // => [[[0, 1, 0, 1], [0.8415, 0.5403, 0.01, 0.99995]]]
 */
export class SinusoidalPositions extends Module implements PositionEncoding {
  readonly maxLength: number;
  readonly width: number;
  private readonly table: Float64Array;

  /** @throws what `sinusoidalPositions` throws */
  constructor(maxLength: number, width: number, options: SinusoidOptions = {}) {
    super();
    this.maxLength = maxLength;
    this.width = width;
    this.table = sinusoidTable("SinusoidalPositions", maxLength, width, options);
  }

  /** @throws ShapeError if x is of another width, or longer than `maxLength` */
  forward(x: Tensor, start = 0): Tensor {
    const length = checkedLength("SinusoidalPositions", this.maxLength, this.width, x, start);
    const rows = this.table.subarray(start * this.width, (start + length) * this.width);
    const { dtype, backend } = x;
    return tidy(() => add(x, tensor(rows, { shape: [length, this.width], dtype, backend })));
  }
}

/**
 * Learned positions, added: one row per place.
 *
 * @see Gehring et al. 2017, arXiv:1705.03122, section 3.1
 * @example
 * const positions = new LearnedPositions(128, 16, { key: new Key(0) });
 * positions.forward(zeros([2, 5, 16])).shape; // => [2, 5, 16]
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
    requirePositiveInteger("LearnedPositions", "maxLength", maxLength);
    requirePositiveInteger("LearnedPositions", "width", width);
    const { key, std = 0.02, ...where } = options;
    if (!(std >= 0 && Number.isFinite(std))) {
      throw new ArgumentError(`LearnedPositions: std must be finite and not negative (got ${std})`);
    }
    this.weight = new Parameter(init.normal(key, [maxLength, width], std, where));
  }

  /** @throws ShapeError if x is of another width, or longer than `maxLength` */
  forward(x: Tensor, start = 0): Tensor {
    const [maxLength, width] = this.weight.shape;
    const length = checkedLength("LearnedPositions", maxLength, width, x, start);
    return tidy(() => add(x, narrow(this.weight, 0, start, length)));
  }
}
