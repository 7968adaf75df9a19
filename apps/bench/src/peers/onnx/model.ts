/** Just enough of ONNX's protocol buffers to write down a graph of f32 tensors. */

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers become ints, the others floats. */
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** Default: ONNX's own. */
  readonly domain?: "com.microsoft";
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** Names and shapes. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

/** The bytes of a model file. Field numbers are those of onnx.proto3. */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  const values = (field: number, all: Readonly<Record<string, readonly number[]>>): number[] =>
    Object.entries(all).flatMap(([name, shape]) => message(field, valueInfo(name, shape)));
  const body = [
    ...graph.nodes.flatMap((node) => message(1, nodeBytes(node))),
    ...text(2, "graph"),
    ...values(11, graph.inputs),
    ...values(12, graph.outputs),
  ];
  return Uint8Array.from([
    ...integer(1, 10), // ir_version
    ...message(7, body),
    ...message(8, [...text(1, ""), ...integer(2, 20)]),
    ...message(8, [...text(1, "com.microsoft"), ...integer(2, 1)]),
  ]);
}

function nodeBytes({ op, inputs, outputs, ints = {}, floats = {}, domain = undefined }: OnnxNode): number[] {
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

function valueInfo(name: string, shape: readonly number[]): number[] {
  const dimensions = shape.flatMap((size) => message(1, integer(1, size)));
  const tensor = [...integer(1, 1), ...message(2, dimensions)]; // 1: f32
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}

function integer(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function float(field: number, value: number): number[] {
  return [...varint(field * 8 + 5), ...new Uint8Array(Float32Array.of(value).buffer)];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
