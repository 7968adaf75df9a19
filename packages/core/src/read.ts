import type { Backend, DType } from "./backend.ts";
import { bytesPerElement } from "./backend.ts";
import { checkDtype } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { decodeF16 } from "./half.ts";
import { sizeOf } from "./layout.ts";
import { contiguous } from "./ops/copy.ts";
import { noGrad } from "./tape.ts";
import { allocate, type Tensor } from "./tensor.ts";

/** The typed array of each dtype. f16 is widened, exactly: engines of today need not know Float16Array. */
export interface TypedArrays {
  f16: Float32Array;
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u8: Uint8Array;
}

/** A nested array of numbers, as deep as the tensor has dimensions; a number for a scalar. */
export type Nested = number | Nested[];

function typedArray(buffer: ArrayBuffer, dtype: DType): TypedArrays[DType] {
  switch (dtype) {
    case "f16":
      return decodeF16(new Uint16Array(buffer));
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

/**
 * The elements in row-major order, copied out: f16 as f32. Waits for the backend.
 *
 * @example const numbers = await read(ones([2, 2])); // Float32Array [1, 1, 1, 1]
 */
export async function read(x: Tensor): Promise<TypedArrays[DType]> {
  const { dtype } = x;
  return typedArray(await readBytes(x), dtype);
}

/** The bytes of the elements as they are stored, in row-major order and the host's byte order. @internal */
export async function readBytes(x: Tensor): Promise<ArrayBuffer> {
  const width = bytesPerElement[x.dtype];
  const source = noGrad(() => contiguous(x));
  // A handle of its own: the caller's scope may end while the backend is still reading.
  const held = source.share();
  if (source !== x) source.dispose();
  try {
    return await held.backend.read(held.buffer, held.offset * width, sizeOf(held.shape) * width);
  } finally {
    held.dispose();
  }
}

/** @throws ShapeError unless the tensor has one element */
export async function readItem(x: Tensor): Promise<number> {
  if (x.size !== 1) throw new ShapeError(`item: needs a tensor of one element (got ${x.describe()})`);
  return (await read(x))[0];
}

/** The elements as nested arrays. */
export async function readNested(x: Tensor): Promise<Nested> {
  const flat = await read(x);
  let at = 0;
  const build = (depth: number): Nested =>
    depth === x.shape.length ? flat[at++] : Array.from({ length: x.shape[depth] }, () => build(depth + 1));
  return build(0);
}

/** The same values on another backend, contiguous. */
export async function moveTo(x: Tensor, backend: Backend): Promise<Tensor> {
  const { dtype, shape } = x;
  checkDtype("to", backend, dtype);
  const data = await readBytes(x);
  const result = allocate("to", backend, dtype, shape);
  backend.write(result.buffer, new Uint8Array(data));
  return result;
}
