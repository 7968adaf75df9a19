import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { type Spatial, spatial } from "./spatial.ts";

export interface PoolOptions {
  /** Default: the size of the window. */
  readonly stride?: Spatial;
  /** Elements outside that windows may reach on both sides, at most half a window. Default 0. */
  readonly padding?: Spatial;
  /** Whether a window may begin inside and end outside. Default false. */
  readonly ceilMode?: boolean;
}

/** Where windows lie, per spatial dimension. */
export interface PoolGeometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  /** How many windows. */
  readonly out: readonly number[];
  /** Elements behind that the last window needs. */
  readonly after: readonly number[];
}

/** @throws ArgumentError for padding beyond half a window; ShapeError if no window fits */
export function poolGeometry(
  name: string,
  space: readonly number[],
  kernelSize: Spatial,
  options: PoolOptions & { readonly dilation?: Spatial },
): PoolGeometry {
  const of = (what: string, value: Spatial, least: number) => spatial(name, what, value, space.length, least);
  const kernel = of("kernelSize", kernelSize, 1);
  const stride = of("stride", options.stride ?? kernelSize, 1);
  const padding = of("padding", options.padding ?? 0, 0);
  const dilation = of("dilation", options.dilation ?? 1, 1);
  if (padding.some((n, i) => 2 * n > kernel[i])) {
    throw new ArgumentError(
      `${name}: padding must be at most half a window (got ${formatShape(padding)} for ${formatShape(kernel)})`,
    );
  }
  const spans = kernel.map((size, i) => dilation[i] * (size - 1) + 1);
  const out = space.map((size, i) => {
    const steps = (size + 2 * padding[i] - spans[i]) / stride[i];
    const count = (options.ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window must begin in x or in the padding before it.
    const last = options.ceilMode && (count - 1) * stride[i] >= size + padding[i] ? count - 1 : count;
    if (last < 1 || size === 0)
      throw new ShapeError(`${name}: a window of ${formatShape(spans)} does not fit ${formatShape(space)}`);
    return last;
  });
  const after = space.map((size, i) => Math.max(0, (out[i] - 1) * stride[i] + spans[i] - size - padding[i]));
  return { kernel, stride, padding, dilation, out, after };
}
