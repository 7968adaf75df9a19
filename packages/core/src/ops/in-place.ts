import { currentAutocast } from "../autocast-state.ts";
import { ShapeError } from "../errors.ts";
import { sameShape } from "../layout.ts";
import { commonBackend } from "../op.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { copy } from "./copy.ts";

/**
 * Copies `source` into the memory of `target`: for optimizers, caches and loaders, that own what they change. Tapes do
 * not see it. Where both are views of the same memory, `target` becomes what `source` was before.
 *
 * @throws ShapeError if shapes or dtypes differ
 * @throws ArgumentError if they live on two backends
 */
export function assign(target: Tensor, source: Tensor): void {
  if (!sameShape(target.shape, source.shape) || target.dtype !== source.dtype) {
    throw new ShapeError(`assign: ${source.describe()} does not fit ${target.describe()}`);
  }
  const { kernels } = commonBackend("assign", [target, source]);
  // Kernels read and write in an order of their own.
  if (target.buffer === source.buffer) noGrad(() => tidy(() => kernels.copy([copy(source)], [target], {})));
  else kernels.copy([source], [target], {});
  currentAutocast()?.clear(); // a cast of the target is out of date
}
