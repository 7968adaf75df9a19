/** Just enough of ONNX's protocol buffers to write down a graph. */

export interface OnnxNode {
  readonly op: string;
  /** An empty name leaves an optional one out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers become ints, the others floats. */
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** Default: ONNX's own. */
  readonly domain?: "com.microsoft";
}

/** A size that is not known yet has a name. */
export type OnnxShape = readonly (number | string)[];

/** Of f32 unless it says otherwise. */
export interface OnnxValue {
  readonly dtype: "f32" | "i64";
  readonly shape: OnnxShape;
}

/** A constant of the model. */
export interface OnnxConstant {
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** By name; a shape alone is one of f32. */
  readonly inputs: Readonly<Record<string, OnnxShape | OnnxValue>>;
  readonly outputs: Readonly<Record<string, OnnxShape | OnnxValue>>;
  readonly constants?: Readonly<Record<string, OnnxConstant>>;
}

/** Of f32 tensors whose sizes are known. */
export interface PlainGraph extends OnnxGraph {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

/** Pieces of a file, one behind the other: constants are too large to be copied at every level. */
type Bytes = readonly Uint8Array[];

/** onnx.TensorProto.DataType. */
const dtypes = { f32: 1, i64: 7 };

/** The bytes of a model file. Field numbers are those of onnx.proto3. */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  const values = (field: number, all: OnnxGraph["inputs"]): Bytes =>
    Object.entries(all).flatMap(([name, value]) => message(field, valueInfo(name, value)));
  const constants = Object.entries(graph.constants ?? {});
  const body = [
    ...graph.nodes.flatMap((node) => message(1, nodeBytes(node))),
    ...text(2, "graph"),
    ...constants.flatMap(([name, constant]) => message(5, constantBytes(name, constant))),
    ...values(11, graph.inputs),
    ...values(12, graph.outputs),
  ];
  return joined([
    ...integer(1, 10), // ir_version
    ...message(7, body),
    ...message(8, [...text(1, ""), ...integer(2, 20)]),
    ...message(8, [...text(1, "com.microsoft"), ...integer(2, 1)]),
  ]);
}

function nodeBytes({ op, inputs, outputs, ints = {}, floats = {}, domain = undefined }: OnnxNode): Bytes {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, op),
    ...Object.entries(ints).flatMap(([name, value]) =>
      message(5, [...text(1, name), ...integer(3, value), ...integer(20, 2)]),
    ),
    ...Object.entries(floats).flatMap(([name, value]) =>
      message(5, [...text(1, name), ...float(2, value), ...integer(20, 1)]),
    ),
    ...(domain ? text(7, domain) : []),
  ];
}

function valueInfo(name: string, value: OnnxShape | OnnxValue): Bytes {
  const { dtype, shape } = "dtype" in value ? value : { dtype: "f32" as const, shape: value };
  const dimensions = shape.flatMap((size) =>
    message(1, typeof size === "number" ? integer(1, size) : text(2, size)),
  );
  const tensor = [...integer(1, dtypes[dtype]), ...message(2, dimensions)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function constantBytes(name: string, { shape, values }: OnnxConstant): Bytes {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const dtype = values instanceof Float32Array ? "f32" : "i64";
  const dimensions = shape.flatMap((size) => integer(1, size));
  return [...dimensions, ...integer(2, dtypes[dtype]), ...text(8, name), ...message(9, [raw])];
}

function message(field: number, bytes: Bytes): Bytes {
  return [varint(field * 8 + 2), varint(sizeOf(bytes)), ...bytes];
}

function text(field: number, value: string): Bytes {
  return message(field, [new TextEncoder().encode(value)]);
}

function integer(field: number, value: number): Bytes {
  return [varint(field * 8), varint(value)];
}

function float(field: number, value: number): Bytes {
  return [varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

function sizeOf(bytes: Bytes): number {
  return bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function joined(bytes: Bytes): Uint8Array {
  const all = new Uint8Array(sizeOf(bytes));
  let at = 0;
  for (const piece of bytes) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}
