import type { Backend } from "../backend.ts";
import { tensor } from "../create.ts";
import type { Tensor } from "../tensor.ts";

/** Integers that shapes and options say, as an index (i32) on a backend. @internal */
export function indexTensor(values: readonly number[], backend: Backend, shape?: readonly number[]): Tensor {
  return tensor(Int32Array.from(values), { backend, shape: shape ?? [values.length] });
}
