import type { Backend, DType } from "./backend.ts";
import { DTypeError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

const order: readonly DType[] = ["u8", "i32", "f16", "f32", "f64"];

export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16" || dtype === "f64";
}

/** The dtype in which two meet: u8 < i32 < f16 < f32 < f64. */
export function promote(a: DType, b: DType): DType {
  return order[Math.max(order.indexOf(a), order.indexOf(b))];
}

/** The dtype itself if it is float, else f32. */
export function floatOf(dtype: DType): DType {
  return isFloat(dtype) ? dtype : "f32";
}

/** The dtype of sums, means and the like that a backward pass reads again: f32 for f16. */
export function statisticDtype(dtype: DType): DType {
  return dtype === "f16" ? "f32" : dtype;
}

/** Backends of this project that have f16, and what to do on others: for errors. */
const advice: { readonly [D in DType]?: string } = {
  f16: "; f16 is there on the gpu backend where the device has shader-f16, and on the reference backend: cast to f32 instead",
};

/** @throws DTypeError unless the backend has the dtype */
export function checkDtype(name: string, backend: Backend, dtype: DType): void {
  if (backend.dtypes.has(dtype)) return;
  throw new DTypeError(
    `${name}: the ${backend.name} backend has no ${dtype} (it has ${[...backend.dtypes].join(", ")})${advice[dtype] ?? ""}`,
  );
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
