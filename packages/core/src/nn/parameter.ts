import { isFloat } from "../dtype.ts";
import { GradientError } from "../errors.ts";
import { Tensor } from "../tensor.ts";

/**
 * A tensor that a module owns and an optimizer changes in place: it lives in no scope, until its module's `dispose()`.
 *
 * @example const weight = new Parameter(randn(new Key(0), [4, 3]));
 */
export class Parameter extends Tensor {
  /** @param value  float; the parameter takes over its memory, and the handle that was passed is disposed of */
  constructor(value: Tensor) {
    if (!isFloat(value.dtype)) throw new GradientError(`Parameter: must be float (got ${value.describe()})`);
    if (!value.isContiguous)
      throw new GradientError(`Parameter: must be contiguous (got ${value.describe()} as a strided view)`);
    super(value.storage.retain(), value.dtype, value);
    value.dispose();
  }
}
