import { tensor } from "../create.ts";
import { read } from "../read.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { indexTensor } from "./index-tensor.ts";

/** What `unique` finds. */
export interface Unique {
  /** `[K]`, ascending, NaN last (each NaN is one of its own). */
  readonly values: Tensor;
  /** The shape of x, i32: which of the values each element is. */
  readonly inverse: Tensor;
  /** `[K]`, i32: how often each occurs. */
  readonly counts: Tensor;
}

/** Ascending, NaN last. */
function ascending(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
  return a - b;
}

/**
 * The different values of a tensor, in ascending order. Waits for the backend, because their number is data.
 *
 * @example (await unique(tensor([3, 1, 3]))).values; // => [1, 3]
 */
export async function unique(x: Tensor): Promise<Unique> {
  const { backend, dtype, shape } = x;
  const data = await read(x);
  const order = Array.from(data.keys()).sort((i, j) => ascending(data[i], data[j]));
  const values: number[] = [];
  const counts: number[] = [];
  const inverse = new Array<number>(data.length);
  for (const i of order) {
    if (values.length === 0 || data[i] !== values[values.length - 1]) {
      values.push(data[i]);
      counts.push(0);
    }
    counts[counts.length - 1]++;
    inverse[i] = values.length - 1;
  }
  return tidy(() => ({
    values: tensor(values, { dtype, backend, shape: [values.length] }),
    inverse: indexTensor(inverse, backend, shape),
    counts: indexTensor(counts, backend),
  }));
}
