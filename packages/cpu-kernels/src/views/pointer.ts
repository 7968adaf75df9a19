import { bytesPerElement, type View } from "@saccade/core/backend";

/** Address of the first element. */
export function pointer(view: View): number {
  return view.buffer + view.offset * bytesPerElement[view.dtype];
}

/** Number of elements. */
export function sizeOf(view: View): number {
  const { shape } = view;
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

/** Whether the elements lie row-major without gaps. */
export function isContiguous(view: View): boolean {
  const { shape, strides } = view;
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i];
    if (size === 0) return true;
    if (size !== 1) {
      if (strides[i] !== stride) return false;
      stride *= size;
    }
  }
  return true;
}
