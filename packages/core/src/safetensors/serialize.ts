import { dtypeRank, isSafetensorsDtype, tensorBytes } from "./dtypes.ts";
import { quote, SafetensorsError, showShape } from "./error.ts";
import { MAX_HEADER_BYTES, METADATA_KEY, PREFIX_BYTES, type SafetensorsMetadata } from "./header.ts";
import type { TensorData } from "./parse.ts";

/** Tensors by name: a Map, `Object.entries(record)`, or a generator. */
export type TensorsByName = Iterable<readonly [name: string, tensor: TensorData]>;

/** A file in pieces, to be written one after the other. */
export interface SafetensorsLayout {
  /** Header length and header, padded with spaces to a multiple of 8 bytes. */
  readonly head: Uint8Array;
  /** The tensors' data, in file order. */
  readonly data: readonly Uint8Array[];
  /** Size of the file, bytes. */
  readonly bytes: number;
}

const OP = "serializeSafetensors";

/**
 * Serialises tensors to the bytes of a safetensors file, as the official writer does: wider dtypes first, then
 * by name in code point order. The same tensors and metadata give the same bytes, whatever their order
 * (metadata, which the official writer puts in random order, is sorted by key).
 *
 * @param tensors  names must be unique, well-formed Unicode and not `__metadata__`
 * @param metadata  free text, e.g. `{ format: "pt" }`
 * @returns one file; above about 4 GB write it in pieces with `writeSafetensors` or {@link layoutSafetensors}
 * @throws SafetensorsError `invalid-tensor` or `duplicate-key`: `serializeSafetensors: tensor "w": F32 [2,3]
 *   takes 24 bytes (got 8)`
 * @example
 * const tensors = { w: { dtype: "F32", shape: [2], data: encodeValues("F32", [1, 2]) } } as const;
 * const bytes = serializeSafetensors(Object.entries(tensors), { format: "pt" });
 * bytes.length % 8; // => 0
 */
export function serializeSafetensors(
  tensors: TensorsByName,
  metadata?: SafetensorsMetadata | null,
): Uint8Array<ArrayBuffer> {
  const { head, data, bytes } = layoutSafetensors(tensors, metadata);
  const file = new Uint8Array(bytes);
  file.set(head);
  let at = head.length;
  for (const piece of data) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/**
 * The pieces of a safetensors file, without copying the tensors' data.
 *
 * @param tensors  as for {@link serializeSafetensors}
 * @param metadata  as for {@link serializeSafetensors}
 * @returns the head, and views of the tensors' data in file order
 * @throws SafetensorsError as {@link serializeSafetensors}
 * @example
 * const w = { dtype: "F32", shape: [2], data: encodeValues("F32", [1, 2]) } as const;
 * const { head, data, bytes } = layoutSafetensors([["w", w]]);
 * data[0] === w.data; // => true
 * bytes - head.length; // => 8
 */
export function layoutSafetensors(
  tensors: TensorsByName,
  metadata?: SafetensorsMetadata | null,
): SafetensorsLayout {
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) => dtypeRank(b.dtype) - dtypeRank(a.dtype) || compareCodePoints(nameA, nameB),
  );
  const names = new Set<string>();
  const fields: string[] = [];
  if (metadata) fields.push(`${JSON.stringify(METADATA_KEY)}:${metadataJson(metadata)}`);
  let end = 0;
  for (const [name, tensor] of sorted) {
    assertWritable(name, tensor, names);
    names.add(name);
    const begin = end;
    end += tensor.data.length;
    const info = `{"dtype":"${tensor.dtype}","shape":[${tensor.shape}],"data_offsets":[${begin},${end}]}`;
    fields.push(`${JSON.stringify(name)}:${info}`);
  }
  const head = headBytes(`{${fields.join()}}`);
  return { head, data: sorted.map(([, { data }]) => data), bytes: head.length + end };
}

function headBytes(json: string): Uint8Array {
  const header = new TextEncoder().encode(json);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    const problem = `the header must be at most ${MAX_HEADER_BYTES} bytes long (got ${length})`;
    throw new SafetensorsError("header-too-large", `${OP}: ${problem}`);
  }
  const head = new Uint8Array(PREFIX_BYTES + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(header, PREFIX_BYTES);
  return head;
}

function metadataJson(metadata: SafetensorsMetadata): string {
  const fields: string[] = [];
  for (const key of Object.keys(metadata).sort(compareCodePoints)) {
    const value: unknown = metadata[key];
    if (typeof value !== "string" || !isWellFormed(key) || !isWellFormed(value)) {
      const problem = `metadata ${quote(key)} must be a string of well-formed Unicode (got ${typeof value})`;
      throw new SafetensorsError("invalid-tensor", `${OP}: ${problem}`);
    }
    fields.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  return `{${fields.join()}}`;
}

function assertWritable(name: string, { dtype, shape, data }: TensorData, names: ReadonlySet<string>): void {
  const tensor = `${OP}: tensor ${quote(name)}`;
  if (names.has(name)) throw new SafetensorsError("duplicate-key", `${tensor} is given twice`);
  if (name === METADATA_KEY || !isWellFormed(name)) {
    const problem =
      name === METADATA_KEY ? "has the name that is kept for metadata" : "has a lone surrogate in its name";
    throw new SafetensorsError("invalid-tensor", `${tensor} ${problem}`);
  }
  if (!isSafetensorsDtype(dtype)) {
    throw new SafetensorsError("unknown-dtype", `${tensor} has an unknown dtype (${quote(String(dtype))})`);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    const problem = `must have a shape of non-negative integers (got ${showShape(shape)})`;
    throw new SafetensorsError("invalid-tensor", `${tensor} ${problem}`);
  }
  const expected = tensorBytes(OP, name, dtype, shape);
  if (data.length !== expected) {
    const problem = `${dtype} ${showShape(shape)} takes ${expected} bytes (got ${data.length})`;
    throw new SafetensorsError("invalid-tensor", `${tensor}: ${problem}`);
  }
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** The order of UTF-8 bytes, which `<` on strings is not: above U+FFFF a string has surrogates, 0xD800..0xDFFF. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return sortable(unitA) - sortable(unitB);
  }
  return a.length - b.length;
}

function sortable(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}
