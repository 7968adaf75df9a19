import type { DType } from "./backend.ts";
import { DTypeError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

const order: readonly DType[] = ["u8", "i32", "f32", "f64"];

export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f64";
}

/** The dtype in which two meet: u8 < i32 < f32 < f64. */
export function promote(a: DType, b: DType): DType {
  return order[Math.max(order.indexOf(a), order.indexOf(b))];
}

/** @throws DTypeError unless the tensor is float */
export function requireFloat(name: string, tensor: Tensor, what = "input"): void {
  if (!isFloat(tensor.dtype))
    throw new DTypeError(`${name}: ${what} must be float (got ${tensor.describe()}); cast it first`);
}

/** @throws DTypeError unless the tensor has that dtype */
export function requireDtype(name: string, tensor: Tensor, dtype: DType, what = "input"): void {
  if (tensor.dtype !== dtype)
    throw new DTypeError(`${name}: ${what} must be ${dtype} (got ${tensor.describe()})`);
}
