import type { DType } from "@saccade/core/backend";

/** Memory of any dtype. */
export type Elements =
  | Float16Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Memory of `length` zeros. */
export function createElements(dtype: DType, length: number): Elements {
  return viewElements(dtype, new ArrayBuffer(length * bytesOf[dtype]));
}

/** Bytes, as elements of that dtype. */
export function viewElements(dtype: DType, buffer: ArrayBuffer): Elements {
  switch (dtype) {
    case "f16":
      return new Float16Array(buffer);
    case "f32":
      return new Float32Array(buffer);
    case "f64":
      return new Float64Array(buffer);
    case "i32":
      return new Int32Array(buffer);
    case "u8":
      return new Uint8Array(buffer);
  }
}

const bytesOf: Readonly<Record<DType, number>> = { f16: 2, f32: 4, f64: 8, i32: 4, u8: 1 };

export function isFloatDtype(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16" || dtype === "f64";
}

/** The dtype in which the oracle computes what a backend computes in `dtype`. */
export function wideDtype(dtype: DType): DType {
  return isFloatDtype(dtype) ? "f64" : dtype;
}

/** What is left of a number that is stored as `dtype`. */
export function storedAs(dtype: DType, x: number): number {
  switch (dtype) {
    case "f16":
      return Math.f16round(x);
    case "f32":
      return Math.fround(x);
    case "f64":
      return x;
    case "i32":
      return x | 0;
    case "u8":
      return x & 255;
  }
}

/** The bits of a NaN that nothing computes. */
export const GARBAGE_F32 = 0x7fc05a5a;
export const GARBAGE_F16 = 0x7e5a;

/** Unused memory: a NaN that nothing computes (its payload), or an unlikely integer. Reading it shows, so does leaving it. */
export function fillWithGarbage(elements: Elements): void {
  if (elements instanceof Float32Array) new Uint32Array(elements.buffer).fill(GARBAGE_F32);
  else if (elements instanceof Float16Array) new Uint16Array(elements.buffer).fill(GARBAGE_F16);
  else if (elements instanceof Float64Array) new BigUint64Array(elements.buffer).fill(0x7ff85a5a5a5a5a5an);
  else elements.fill(elements instanceof Int32Array ? 0x5a5a5a5a : 0xa5);
}
