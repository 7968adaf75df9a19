import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeToFloat64 } from "./decode-floats.ts";
import { decodeToBigInt64 } from "./decode-integers.ts";
import { SafetensorsError } from "./error.ts";
import { parseSafetensors, type TensorEntry } from "./parse.ts";

type Value = number | string | boolean;

interface Cases {
  valid: {
    file: string;
    metadata: Record<string, string> | null;
    tensors: Record<string, { dtype: string; shape: number[]; values: Value[] }>;
  }[];
  broken: { file: string; official: "accepts" | "rejects"; tensors?: string[] }[];
}

const fixture = (file: string) =>
  new Uint8Array(readFileSync(new URL(`./fixtures/${file}`, import.meta.url)));
const cases: Cases = JSON.parse(new TextDecoder().decode(fixture("cases.json")));

const DTYPES = new Map<string, string>([
  ["float64", "F64"],
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["int64", "I64"],
  ["int32", "I32"],
  ["int16", "I16"],
  ["int8", "I8"],
  ["uint8", "U8"],
  ["bool", "BOOL"],
]);

/** The codes that the broken files must give; the official verdict is checked against cases.json besides. */
const CODES: Readonly<Record<string, string>> = {
  "broken/too_short.safetensors": "header-too-small",
  "broken/header_longer_than_file.safetensors": "header-truncated",
  "broken/header_huge.safetensors": "header-too-large",
  "broken/header_over_100MB.safetensors": "header-too-large",
  "broken/not_json.safetensors": "header-not-json",
  "broken/not_utf8.safetensors": "header-not-utf8",
  "broken/header_array.safetensors": "header-invalid",
  "broken/truncated_data.safetensors": "data-truncated",
  "broken/trailing_data.safetensors": "data-trailing",
  "broken/offset_mismatch_shape.safetensors": "invalid-offsets",
  "broken/reversed_offsets.safetensors": "invalid-offsets",
  "broken/overlap.safetensors": "invalid-offsets",
  "broken/hole.safetensors": "invalid-offsets",
  "broken/unknown_dtype.safetensors": "unknown-dtype",
  "broken/negative_shape.safetensors": "header-invalid",
  "broken/shape_overflow.safetensors": "invalid-shape",
  "broken/missing_dtype.safetensors": "header-invalid",
  "broken/metadata_not_strings.safetensors": "header-invalid",
  "broken/zero_length_header.safetensors": "header-not-json",
  "broken/duplicate_key.safetensors": "duplicate-key",
  "broken/float_offsets.safetensors": "header-invalid",
};

/** As cases.json writes values: integers above 2^53, infinities and NaN as strings. */
function values(tensor: TensorEntry): Value[] {
  if (tensor.dtype === "I64") return Array.from(decodeToBigInt64(tensor), String);
  if (tensor.dtype === "BOOL") return Array.from(decodeToFloat64(tensor), (value) => value === 1);
  return Array.from(decodeToFloat64(tensor), (value) =>
    Number.isFinite(value) ? value : Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf",
  );
}

describe("parseSafetensors", () => {
  it.each(cases.valid)("decodes $file exactly", ({ file, metadata, tensors }) => {
    const parsed = parseSafetensors(fixture(file));
    expect(parsed.metadata).toEqual(metadata);
    expect([...parsed.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, expected] of Object.entries(tensors)) {
      const tensor = parsed.tensors.get(name);
      if (tensor === undefined) throw new Error(`no tensor ${name}`);
      expect(tensor.name).toBe(name);
      expect(tensor.dtype).toBe(DTYPES.get(expected.dtype));
      expect(tensor.shape).toEqual(expected.shape);
      expect(values(tensor)).toEqual(expected.values);
    }
  });

  it.each(cases.broken)("$file: the official reader $official it", ({ file, official, tensors }) => {
    const parse = () => parseSafetensors(fixture(file));
    if (official === "accepts") expect([...parse().tensors.keys()].sort()).toEqual(tensors);
    else expect(parse).toThrow(expect.objectContaining({ name: "SafetensorsError", code: CODES[file] }));
  });

  it("has a verdict for every file", () => {
    expect(cases.valid).toHaveLength(7);
    expect(cases.broken).toHaveLength(25);
  });

  it("returns views of the file, at any alignment", () => {
    const file = fixture("valid/edge_f32.safetensors");
    for (const offset of [0, 1, 2, 3]) {
      const memory = new Uint8Array(file.length + offset);
      memory.set(file, offset);
      const tensor = parseSafetensors(memory.subarray(offset)).tensors.get("x");
      if (tensor === undefined) throw new Error("no tensor x");
      expect(tensor.data.buffer).toBe(memory.buffer);
      expect(decodeToFloat64(tensor)[4]).toBe(65504);
    }
  });
});

describe("parseSafetensors on hostile bytes", () => {
  const seeds = [...cases.valid, ...cases.broken].map(({ file }) => fixture(file));

  /** Parses and decodes; anything but a SafetensorsError fails the test. */
  function survives(bytes: Uint8Array): boolean {
    try {
      for (const tensor of parseSafetensors(bytes).tensors.values()) decodeToFloat64(tensor);
      return true;
    } catch (error) {
      if (error instanceof SafetensorsError && error.message.length < 1000) return true;
      throw error;
    }
  }

  it("survives random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 1000 });
  });

  it("survives random headers of the right length", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 100 }), fc.json());
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 16 }), (json, data) => {
        const header = new TextEncoder().encode(json);
        const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
        return survives(Uint8Array.of(...length, ...header, ...data));
      }),
      { numRuns: 1000 },
    );
  });

  it("survives mutated files", () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.nat(255),
      remove: fc.nat(3),
    });
    const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), edits, fc.boolean(), (seed, changes, keepLength) => {
        const bytes = [...seed];
        for (const { at, byte, remove } of changes) {
          bytes.splice(Math.floor(at * bytes.length), remove, byte);
        }
        const mutated = Uint8Array.from(bytes);
        if (keepLength) mutated.set(seed.subarray(0, Math.min(8, mutated.length)));
        return survives(mutated);
      }),
      { numRuns: 3000 },
    );
  });
});
