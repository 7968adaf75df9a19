import type { BufferHandle, DType, View } from "../backend.ts";
import { decodeF16, f64ToF16Bits } from "../half.ts";
import { sizeOf } from "../layout.ts";

/** A typed array of any dtype. */
export type Elements = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The buffers of a reference backend: plain ArrayBuffers, by handle. */
export class ReferenceMemory {
  private readonly buffers = new Map<BufferHandle, ArrayBuffer>();
  /** Numbers of f16 buffers while a kernel runs: typed arrays of f16 are not everywhere. */
  private readonly widened = new Map<BufferHandle, Float64Array>();
  private next = 1;
  private cleared = false;

  alloc(bytes: number): BufferHandle {
    const handle = this.next++;
    // Rounded up so that any element type fits on it.
    this.buffers.set(handle, new ArrayBuffer(Math.ceil(bytes / 8) * 8));
    return handle;
  }

  /** Nothing is left to be freed after `clear`: tensors may outlive their backend. */
  free(handle: BufferHandle): void {
    if (this.cleared) return;
    if (!this.buffers.delete(handle)) throw new Error(`reference: buffer ${handle} was freed twice`);
  }

  bytes(handle: BufferHandle): ArrayBuffer {
    const buffer = this.buffers.get(handle);
    if (!buffer) throw new Error(`reference: buffer ${handle} does not exist`);
    return buffer;
  }

  /** A buffer as elements of the view's dtype; f16 as numbers, to be settled. */
  elements({ buffer, dtype }: View): Elements {
    if (dtype !== "f16") return elementsOf(this.bytes(buffer), dtype);
    let numbers = this.widened.get(buffer);
    if (!numbers) {
      numbers = new Float64Array(decodeF16(new Uint16Array(this.bytes(buffer))));
      this.widened.set(buffer, numbers);
    }
    return numbers;
  }

  /** Ends a kernel: the elements of its f16 outputs are rounded and stored. */
  settle(outputs: readonly View[]): void {
    for (const view of outputs) {
      const numbers = this.widened.get(view.buffer);
      if (view.dtype !== "f16" || !numbers) continue;
      const bits = new Uint16Array(this.bytes(view.buffer));
      for (const p of positions(view)) bits[p] = f64ToF16Bits(numbers[p]);
    }
    this.widened.clear();
  }

  clear(): void {
    this.buffers.clear();
    this.cleared = true;
  }
}

function elementsOf(buffer: ArrayBuffer, dtype: Exclude<DType, "f16">): Elements {
  switch (dtype) {
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

/** Where each element of a view lies in its buffer, in row-major order. */
export function positions(view: View): Int32Array {
  const { shape, strides } = view;
  const result = new Int32Array(sizeOf(shape));
  if (result.length === 0) return result;
  result[0] = view.offset;
  // Every dimension, from the last, repeats what is there with its stride added.
  let filled = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    for (let i = 1; i < shape[d]; i++) {
      for (let j = 0; j < filled; j++) result[i * filled + j] = result[j] + i * strides[d];
    }
    filled *= shape[d];
  }
  return result;
}

/** The same view with `axis` taken out (its first element). */
export function withoutAxis(view: View, axis: number): View {
  return {
    ...view,
    shape: view.shape.filter((_, d) => d !== axis),
    strides: view.strides.filter((_, d) => d !== axis),
  };
}
