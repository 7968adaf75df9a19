import { contiguous } from "./harness.ts";
import { indices } from "./layouts.ts";

/** For each line along `axis` of row-major values: where its elements are. */
export function lines(shape: readonly number[], axis: number): number[][] {
  const strides = contiguous(shape);
  const rest = shape.map((n, d) => (d === axis ? 1 : n));
  return [...indices(rest)].map((place) => {
    const start = place.reduce((sum, i, d) => sum + i * strides[d], 0);
    return Array.from({ length: shape[axis] }, (_, i) => start + i * strides[axis]);
  });
}
