import { currentAutocast } from "../autocast-state.ts";
import { ShapeError } from "../errors.ts";
import { sameShape } from "../layout.ts";
import { commonBackend } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Copies `source` into the memory of `target`: for optimizers, caches and loaders, that own what they change. Tapes do
 * not see it.
 *
 * @throws ShapeError if shapes or dtypes differ
 * @throws ArgumentError if they live on two backends
 */
export function assign(target: Tensor, source: Tensor): void {
  if (!sameShape(target.shape, source.shape) || target.dtype !== source.dtype) {
    throw new ShapeError(`assign: ${source.describe()} does not fit ${target.describe()}`);
  }
  commonBackend("assign", [target, source]).kernels.copy([source], [target], {});
  currentAutocast()?.clear(); // a cast of the target is out of date
}
