import {
  type Backend,
  type Key,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  ShapeError,
  type Tensor,
  zeros,
} from "@saccade/core";
import { init, Parameter } from "@saccade/core/nn";

/** One step of a recurrent layer. */
export interface CellConfig {
  /** Width of x. */
  readonly inputSize: number;
  /** Width of the state. */
  readonly hiddenSize: number;
  /** Default true. */
  readonly bias?: boolean;
}

export const cellNames: OptionNames<CellConfig> = { inputSize: true, hiddenSize: true, bias: true };

/** A cell's parameters under PyTorch's names. */
export interface CellParameters {
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | null;
  readonly bias_hh: Parameter | null;
}

/**
 * Uniform in `±1/sqrt(hiddenSize)`, as in PyTorch.
 *
 * @throws ArgumentError for a value out of range, or a name that `names` lacks
 */
export function cellParameters<C extends CellConfig>(
  owner: string,
  gates: number,
  config: C,
  names: OptionNames<C>,
  { key, ...where }: { readonly key: Key; readonly backend?: Backend },
): CellParameters {
  requireKnown(owner, config, names);
  const { inputSize, hiddenSize: H, bias = true } = config;
  requirePositiveInteger(owner, "inputSize", inputSize);
  requirePositiveInteger(owner, "hiddenSize", H);
  const make = (index: number, shape: readonly number[]): Parameter =>
    new Parameter(init.uniform(key.fold(index), shape, 1 / Math.sqrt(H), where));
  return {
    weight_ih: make(0, [gates * H, inputSize]),
    weight_hh: make(1, [gates * H, H]),
    bias_ih: bias ? make(2, [gates * H]) : null,
    bias_hh: bias ? make(3, [gates * H]) : null,
  };
}

/** @throws ShapeError unless x is `[B, inputSize]` */
export function checkStep(owner: string, x: Tensor, inputSize: number): void {
  if (x.rank === 2 && x.shape[1] === inputSize) return;
  throw new ShapeError(`${owner}: x must be [batch, ${inputSize}] (got ${x.describe()})`);
}

/** A state of zeros for x. */
export function zeroState(x: Tensor, width: number): Tensor {
  return zeros([x.shape[0], width], { dtype: x.dtype, backend: x.backend });
}
