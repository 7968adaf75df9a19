import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import type { Tensor } from "../tensor.ts";
import { unfold } from "./unfold.ts";

/** One number for every spatial dimension, or one for each. */
export type Spatial = number | readonly number[];

/** One integer per spatial dimension. @throws ArgumentError unless there are as many, each at least `least` */
export function spatial(
  name: string,
  what: string,
  value: Spatial,
  rank: number,
  least: number,
): readonly number[] {
  const list = typeof value === "number" ? Array.from({ length: rank }, () => value) : value;
  if (list.length !== rank || !list.every((n) => Number.isInteger(n) && n >= least)) {
    throw new ArgumentError(
      `${name}: ${what} must be ${rank === 1 ? "an integer" : `${rank} integers`} >= ${least} (got ${formatShape(list)})`,
    );
  }
  return list;
}

/** `[N, C, *space]`, or `[C, *space]` for one sample. @throws ShapeError for another number of dimensions */
export function batched(name: string, x: Tensor, rank: number): boolean {
  if (x.rank !== rank + 1 && x.rank !== rank + 2) {
    throw new ShapeError(
      `${name}: x must be [N, C, ...] or [C, ...] with ${rank} spatial dimensions (got ${x.describe()})`,
    );
  }
  return x.rank === rank + 2;
}

/** Pairs `[before, after]` as `pad` takes them: the last dimension first. */
export function padPairs(before: readonly number[], after: readonly number[] = before): number[] {
  return before.flatMap((_, i) => [before[before.length - 1 - i], after[after.length - 1 - i]]);
}

export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

/** Windows over the last dimensions, a view: `[lead, *space] -> [lead, *out, *kernel]`. */
export function spatialWindows(x: Tensor, { kernel, stride, dilation }: WindowGeometry): Tensor {
  const lead = x.rank - kernel.length;
  return kernel.reduce((windows, size, i) => unfold(windows, lead + i, size, stride[i], dilation[i]), x);
}
