import { describeValue } from "./arguments.ts";
import type { DType } from "./backend.ts";
import { getBackend } from "./default-backend.ts";
import { checkDtype } from "./dtype.ts";
import { DTypeError, ShapeError } from "./errors.ts";
import { encodeNumbersF16 } from "./half.ts";
import { formatShape, sizeOf } from "./layout.ts";
import type { CreationOptions } from "./ops/fill.ts";
import { allocate, type Tensor } from "./tensor.ts";

/** Numbers, nested as deep as the tensor has dimensions. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];
/** A Float16Array, also for those whose TypeScript has no such name: `lib` has it from 5.8 on, in ESNext. */
interface HalfArray extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: "Float16Array";
}
/** Flat numbers. A Uint16Array holds the bits of f16. */
type TypedData = HalfArray | Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;
/** What a tensor can be made of. Typed arrays are flat; give a shape. */
export type TensorData = NestedNumbers | TypedData;

export interface TensorOptions extends CreationOptions {
  /** Default: the nesting, or one dimension for a typed array. */
  readonly shape?: readonly number[];
}

function isTyped(data: TensorData): data is TypedData {
  return ArrayBuffer.isView(data);
}

function isList(data: NestedNumbers): data is readonly NestedNumbers[] {
  return Array.isArray(data) || ArrayBuffer.isView(data);
}

function shapeOf(data: NestedNumbers): number[] {
  const shape: number[] = [];
  for (let level = data; isList(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

function flattenInto(target: number[], data: NestedNumbers, shape: readonly number[], depth: number): void {
  if (!isList(data)) {
    if (depth !== shape.length)
      throw new ShapeError(
        `tensor: the nesting is ragged (a number where ${formatShape(shape.slice(depth))} was expected)`,
      );
    if (typeof data !== "number" && typeof data !== "boolean") {
      throw new DTypeError(`tensor: takes numbers and booleans (got ${describeValue(data)})`);
    }
    target.push(Number(data));
    return;
  }
  if (depth >= shape.length || data.length !== shape[depth]) {
    throw new ShapeError(
      `tensor: the nesting is ragged (${data.length} elements where the first had ${shape[depth] ?? "none"})`,
    );
  }
  for (const item of data) flattenInto(target, item, shape, depth + 1);
}

function dtypeOf(data: TensorData): DType {
  if (data instanceof Float64Array) return "f64";
  if (isFloat16Array(data)) return "f16";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint8Array || firstNumber(data) === "boolean") return "u8";
  return "f32";
}

function firstNumber(data: TensorData): string {
  let item: TensorData | undefined = data;
  while (Array.isArray(item)) item = item[0] as NestedNumbers | undefined;
  return typeof item;
}

/** Engines of 2024 and before have no Float16Array. */
function isFloat16Array(data: TensorData): data is HalfArray {
  return typeof Float16Array !== "undefined" && data instanceof Float16Array;
}

const constructors = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array } as const;

/** The numbers as a backend stores them. */
function storedAs(dtype: DType, data: TensorData, flat: ArrayLike<number>): ArrayBufferView {
  if (dtype === "f16") {
    return data instanceof Uint16Array || isFloat16Array(data) ? data : encodeNumbersF16(flat);
  }
  return isTyped(data) && data instanceof constructors[dtype] ? data : constructors[dtype].from(flat);
}

/**
 * A tensor of the given numbers: nested arrays, a number, or a flat typed array with a shape. Numbers become f32,
 * booleans u8, typed arrays keep their type, unless `dtype` says otherwise: then they are rounded to it. A Uint16Array
 * with the dtype f16 is taken for bits.
 *
 * @throws ShapeError if the nesting is ragged or the shape does not fit; DTypeError if the backend lacks the dtype
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * const ids = tensor(new Int32Array([5, 6]), { shape: [1, 2] });
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  const dtype = options.dtype ?? dtypeOf(data);
  if (data instanceof Uint16Array && dtype !== "f16") {
    throw new DTypeError(`tensor: a Uint16Array holds the bits of f16 (got the dtype ${dtype})`);
  }
  let flat: ArrayLike<number>;
  let shape: readonly number[];
  if (isTyped(data)) {
    flat = data;
    shape = options.shape ?? [data.length];
  } else {
    const natural = shapeOf(data);
    const numbers: number[] = [];
    flattenInto(numbers, data, natural, 0);
    flat = numbers;
    shape = options.shape ?? natural;
  }
  if (sizeOf(shape) !== flat.length)
    throw new ShapeError(`tensor: ${flat.length} numbers do not fill ${formatShape(shape)}`);
  const backend = options.backend ?? getBackend();
  checkDtype("tensor", backend, dtype);
  const result = allocate("tensor", backend, dtype, shape);
  backend.write(result.buffer, storedAs(dtype, data, flat));
  return result;
}

/** A scalar tensor. */
export function scalar(value: number, options: CreationOptions = {}): Tensor {
  return tensor(value, options);
}
