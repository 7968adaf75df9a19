import { isSafetensorsDtype, type SafetensorsDtype, tensorBytes } from "./dtypes.ts";
import { quote, SafetensorsError, showShape } from "./error.ts";
import { JsonCursor } from "./json-cursor.ts";

/** Bytes before the header: its length as a little-endian u64. */
export const PREFIX_BYTES = 8;
/** The longest header, in bytes, that the official reader takes. */
export const MAX_HEADER_BYTES = 100_000_000;
/** The one key of a header that names no tensor. */
export const METADATA_KEY = "__metadata__";

/** What a header says about one tensor. */
export interface TensorInfo {
  readonly dtype: SafetensorsDtype;
  /** Sizes; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** First byte, and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** Free text that a file carries besides its tensors. */
export type SafetensorsMetadata = Readonly<Record<string, string>>;

/** A checked header. */
export interface SafetensorsHeader {
  /** Null where the file has none. An object without prototype: any key is harmless. */
  readonly metadata: SafetensorsMetadata | null;
  /** In the order of their bytes; they cover the data without gap or overlap. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Bytes of the file before the data. */
  readonly dataOffset: number;
}

const OP = "parseSafetensors";

/**
 * Length of the header, from the first 8 bytes of a file.
 *
 * @param prefix  at least the first 8 bytes, if the file has them
 * @param fileBytes  size of the whole file, bytes
 * @returns bytes of JSON that follow the first 8
 * @throws SafetensorsError `header-too-small`, `header-too-large`, `header-truncated`
 * @example
 * const bytes = serializeSafetensors([]); // "{}", padded to 8 bytes
 * readHeaderLength(bytes, bytes.length); // => 8
 */
export function readHeaderLength(prefix: Uint8Array, fileBytes: number): number {
  if (prefix.length < PREFIX_BYTES || fileBytes < PREFIX_BYTES) {
    const got = Math.min(prefix.length, fileBytes);
    throw new SafetensorsError(
      "header-too-small",
      `${OP}: the file must have 8 bytes of header length (got ${got})`,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    const problem = `the header must be at most ${MAX_HEADER_BYTES} bytes long (its length says ${length})`;
    throw new SafetensorsError("header-too-large", `${OP}: ${problem}`);
  }
  if (PREFIX_BYTES + Number(length) > fileBytes) {
    const problem = `the header of ${length} bytes ends after the file does (${fileBytes} bytes)`;
    throw new SafetensorsError("header-truncated", `${OP}: ${problem}`);
  }
  return Number(length);
}

/**
 * Reads and checks a header, as strictly as the official reader (safetensors 0.8) and in four points more
 * strictly: duplicate keys are refused (the format forbids them, the official reader takes the last), tensors
 * are described by objects only (not also by arrays), dtypes by strings only, and sizes end at 2^53 - 1.
 *
 * Needs the start of the file only, so that a large or remote file can be listed without reading it.
 *
 * @param bytes  the file from its first byte, at least to the end of the header
 * @param fileBytes  size of the whole file, bytes
 * @throws SafetensorsError with any `header-…`, `data-…`, `duplicate-key`, `unknown-dtype`, `invalid-shape`
 *   or `invalid-offsets` code: `parseSafetensors: tensor "b" begins at byte 8 of the data, not at 4 where the
 *   one before it ends`
 * @see https://huggingface.co/docs/safetensors
 * @example
 * const bytes = serializeSafetensors([["w", { dtype: "F32", shape: [2], data: new Uint8Array(8) }]]);
 * const start = bytes.subarray(0, -8);
 * parseSafetensorsHeader(start, bytes.length).tensors.get("w"); // => { dtype: "F32", shape: [2], begin: 0, end: 8 }
 */
export function parseSafetensorsHeader(bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const dataOffset = PREFIX_BYTES + readHeaderLength(bytes, fileBytes);
  if (bytes.length < dataOffset) {
    const problem = `needs the ${dataOffset} bytes up to the end of the header (got ${bytes.length})`;
    throw new SafetensorsError("header-truncated", `${OP}: ${problem}`);
  }
  const { metadata, infos } = readHeader(decodeUtf8(bytes.subarray(PREFIX_BYTES, dataOffset)));
  infos.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  assertCovers(infos, fileBytes - dataOffset);
  return { metadata, tensors: new Map(infos), dataOffset };
}

function decodeUtf8(bytes: Uint8Array): string {
  const isShared = typeof SharedArrayBuffer !== "undefined" && bytes.buffer instanceof SharedArrayBuffer;
  try {
    // A byte order mark is kept, and then is no JSON; browsers decode no shared memory.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      isShared ? bytes.slice() : bytes,
    );
  } catch (cause) {
    throw new SafetensorsError("header-not-utf8", `${OP}: the header is not UTF-8 (${bytes.length} bytes)`, {
      cause,
    });
  }
}

function readHeader(text: string): { metadata: SafetensorsMetadata | null; infos: [string, TensorInfo][] } {
  const cursor = new JsonCursor(text, {
    what: `${OP}: the header`,
    syntax: "header-not-json",
    form: "header-invalid",
  });
  let metadata: SafetensorsMetadata | null = null;
  const infos: [string, TensorInfo][] = [];
  cursor.object((name) => {
    if (name === METADATA_KEY) metadata = readMetadata(cursor);
    else infos.push([name, readTensorInfo(cursor, name)]);
  });
  cursor.end();
  return { metadata, infos };
}

function readMetadata(cursor: JsonCursor): SafetensorsMetadata | null {
  if (cursor.null()) return null;
  const metadata: Record<string, string> = Object.create(null);
  cursor.object((key) => {
    metadata[key] = cursor.string();
  });
  return metadata;
}

function readTensorInfo(cursor: JsonCursor, name: string): TensorInfo {
  const found: { dtype?: string; shape?: number[]; offsets?: number[] } = {};
  cursor.object((field) => {
    if (field === "dtype") found.dtype = cursor.string();
    else if (field === "shape") found.shape = readUnsignedList(cursor);
    else if (field === "data_offsets") found.offsets = readUnsignedList(cursor);
    else cursor.skip(); // the official reader takes unknown fields
  });
  const { dtype, shape, offsets } = found;
  if (dtype === undefined) throw missing(name, "dtype");
  if (shape === undefined) throw missing(name, "shape");
  if (offsets === undefined) throw missing(name, "data_offsets");
  if (!isSafetensorsDtype(dtype)) {
    const problem = `tensor ${quote(name)} has a dtype that safetensors 0.8 does not know (${quote(dtype)})`;
    throw new SafetensorsError("unknown-dtype", `${OP}: ${problem}`);
  }
  if (offsets.length !== 2) {
    const problem = `tensor ${quote(name)}: data_offsets must be two integers (got ${offsets.length})`;
    throw new SafetensorsError("header-invalid", `${OP}: ${problem}`);
  }
  const [begin, end] = offsets;
  return { dtype, shape, begin, end };
}

function readUnsignedList(cursor: JsonCursor): number[] {
  const list: number[] = [];
  cursor.array(() => list.push(cursor.unsigned()));
  return list;
}

function missing(name: string, field: string): SafetensorsError {
  return new SafetensorsError("header-invalid", `${OP}: tensor ${quote(name)} has no ${field}`);
}

/** Each tensor begins where the one before it ends, has the size of its shape, and the last ends the file. */
function assertCovers(infos: readonly [string, TensorInfo][], dataBytes: number): void {
  let at = 0;
  for (const [name, { dtype, shape, begin, end }] of infos) {
    const tensor = `${OP}: tensor ${quote(name)}`;
    if (end < begin) {
      throw new SafetensorsError("invalid-offsets", `${tensor} ends before it begins ([${begin}, ${end}])`);
    }
    if (begin !== at) {
      const problem = `begins at byte ${begin} of the data, not at ${at} where the one before it ends`;
      throw new SafetensorsError(
        "invalid-offsets",
        `${tensor} ${problem} (${begin < at ? "overlap" : "hole"})`,
      );
    }
    if (!shape.every(Number.isSafeInteger)) {
      throw new SafetensorsError(
        "invalid-shape",
        `${tensor}: its size overflows (${dtype} ${showShape(shape)})`,
      );
    }
    const expected = tensorBytes(OP, name, dtype, shape);
    if (end - begin !== expected) {
      const problem = `has ${end - begin} bytes, but ${dtype} ${showShape(shape)} takes ${expected}`;
      throw new SafetensorsError("invalid-offsets", `${tensor} ${problem} (data_offsets [${begin}, ${end}])`);
    }
    at = end;
  }
  if (at > dataBytes) {
    const problem = `the tensors take ${at} bytes, but only ${dataBytes} follow the header`;
    throw new SafetensorsError("data-truncated", `${OP}: ${problem}`);
  }
  if (at < dataBytes) {
    const problem = `${dataBytes - at} bytes follow the last tensor (${at} bytes of tensors, ${dataBytes} of data)`;
    throw new SafetensorsError("data-trailing", `${OP}: ${problem}`);
  }
}
