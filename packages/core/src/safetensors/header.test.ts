import { describe, expect, it } from "vitest";
import { parseSafetensorsHeader, readHeaderLength } from "./header.ts";

const OK = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
const F32 = '"dtype":"F32","shape":[1],"data_offsets":[0,4]';
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

function head(json: string): Uint8Array {
  const header = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

function parse(json: string, dataBytes = 4) {
  const bytes = head(json);
  return parseSafetensorsHeader(bytes, bytes.length + dataBytes);
}

/** What safetensors 0.8.0 was seen to accept; with the data's bytes where not 4. */
const accepted: readonly [label: string, json: string, dataBytes?: number][] = [
  ["an unknown field", `{"a":{"x":[true,false,null,-1.5E+3,0,-0,""],${F32}}}`],
  ["metadata null", `{"__metadata__":null,"a":${OK}}`],
  ["metadata without entries", `{"__metadata__":{},"a":${OK}}`],
  ["an escaped slash", `{"a\\/":${OK}}`],
  ["an escaped NUL", `{"a\\u0000":${OK}}`],
  ["a surrogate pair", `{"a\\ud83d\\ude00":${OK}}`],
  ["escapes in keys and dtypes", '{"a":{"dtyp\\u0065":"F\\u00332","shape":[1],"data_offsets":[0,4]}}'],
  ["white space around", ` \t\r\n{"a":${OK}}\r\n\t `],
  ["125 levels in an unknown field", `{"a":{"x":${nested(125)},${F32}}}`],
  ["a number below the doubles", `{"a":{"x":1e-999,${F32}}}`],
  ["an integer above u64 in an unknown field", `{"a":{"x":123456789012345678901234567890,${F32}}}`],
  ["an empty name", `{"":${OK}}`],
  ["a size of zero", '{"a":{"dtype":"F32","shape":[4294967295,1048576,0],"data_offsets":[0,0]}}', 0],
  ["4-bit floats that fill bytes", '{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}', 2],
  ["6-bit floats that fill bytes", '{"a":{"dtype":"F6_E3M2","shape":[2,2],"data_offsets":[0,3]}}', 3],
  ["complex numbers", '{"a":{"dtype":"C64","shape":[],"data_offsets":[0,8]}}', 8],
  [
    "an unaligned tensor",
    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[],"data_offsets":[1,5]}}',
    5,
  ],
  [
    "empty tensors at either end",
    `{"a":${OK},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"c":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`,
  ],
];

/** What safetensors 0.8.0 was seen to reject, and our code for it. */
const rejected: readonly [label: string, code: string, json: string, dataBytes?: number][] = [
  ["a dtype twice", "duplicate-key", `{"a":{"dtype":"F32",${F32}}}`],
  ["metadata twice", "duplicate-key", `{"__metadata__":{},"__metadata__":{},"a":${OK}}`],
  ["metadata null twice", "duplicate-key", `{"__metadata__":null,"__metadata__":null,"a":${OK}}`],
  ["metadata as an array", "header-invalid", `{"__metadata__":[],"a":${OK}}`],
  ["metadata as a string", "header-invalid", `{"__metadata__":"x","a":${OK}}`],
  ["null in metadata", "header-invalid", `{"__metadata__":{"x":null},"a":${OK}}`],
  ["a number in metadata", "header-invalid", `{"__metadata__":{"x":1},"a":${OK}}`],
  ["three offsets", "header-invalid", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}'],
  ["one offset", "header-invalid", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}'],
  ["an offset of -0", "header-invalid", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[-0,4]}}'],
  ["a size of 1e0", "header-invalid", '{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}'],
  ["a size of 01", "header-not-json", '{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}'],
  ["a size as a string", "header-invalid", '{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}'],
  ["a shape of null", "header-invalid", '{"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}'],
  [
    "a size above u64",
    "header-invalid",
    '{"a":{"dtype":"F32","shape":[0,18446744073709551616],"data_offsets":[0,0]}}',
  ],
  [
    "2^64 elements, then none",
    "invalid-shape",
    '{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}',
  ],
  [
    "2^64 bits",
    "invalid-shape",
    '{"a":{"dtype":"F64","shape":[4194304,4294967296,64],"data_offsets":[0,0]}}',
  ],
  [
    "4-bit floats that end within a byte",
    "invalid-shape",
    '{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}',
    2,
  ],
  ["a dtype in lower case", "unknown-dtype", '{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}'],
  [
    "a dtype that objects inherit",
    "unknown-dtype",
    '{"a":{"dtype":"toString","shape":[1],"data_offsets":[0,4]}}',
  ],
  ["a dtype as a number", "header-invalid", '{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}'],
  ["no shape", "header-invalid", '{"a":{"dtype":"F32","data_offsets":[0,4]}}'],
  ["no offsets", "header-invalid", '{"a":{"dtype":"F32","shape":[1]}}'],
  ["a control character in a name", "header-not-json", `{"a\u0001":${OK}}`],
  ["a lone surrogate", "header-not-json", `{"a\\ud800":${OK}}`],
  ["a bad escape", "header-not-json", `{"a\\x":${OK}}`],
  ["a trailing comma", "header-not-json", `{"a":${OK},}`],
  ["a trailing NUL", "header-not-json", `{"a":${OK}}\u0000`],
  ["a leading form feed", "header-not-json", `\f{"a":${OK}}`],
  ["a byte order mark", "header-not-json", `\ufeff{"a":${OK}}`],
  ["126 levels in an unknown field", "header-not-json", `{"a":{"x":${nested(126)},${F32}}}`],
  ["a number above the doubles", "header-not-json", `{"a":{"x":1e999,${F32}}}`],
  ["a tensor of null", "header-invalid", '{"a":null}'],
  [
    "an empty tensor after the end",
    "invalid-offsets",
    `{"a":${OK},"b":{"dtype":"F32","shape":[0],"data_offsets":[5,5]}}`,
  ],
  ["null", "header-invalid", "null"],
  ["a string", "header-invalid", '"x"'],
  ["two objects", "header-not-json", "{}{}"],
  ["nothing", "header-not-json", ""],
];

/** Where we are stricter than safetensors 0.8.0, on purpose. */
const stricter: readonly [label: string, code: string, json: string, dataBytes?: number][] = [
  ["a tensor twice", "duplicate-key", `{"a":${OK},"a":${OK}}`],
  ["a metadata key twice", "duplicate-key", `{"__metadata__":{"a":"1","a":"2"},"a":${OK}}`],
  ["a tensor as an array", "header-invalid", '{"a":["F32",[1],[0,4]]}'],
  ["a dtype as an object", "header-invalid", '{"a":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}}'],
  [
    "a size above 2^53",
    "invalid-shape",
    '{"a":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}',
    0,
  ],
];

describe("parseSafetensorsHeader", () => {
  it.each(accepted)("accepts %s", (_label, json, dataBytes) => {
    expect(parse(json, dataBytes).tensors.size).toBeGreaterThan(0);
  });

  it.each(rejected)("rejects %s: %s", (_label, code, json, dataBytes) => {
    expect(() => parse(json, dataBytes)).toThrow(expect.objectContaining({ name: "SafetensorsError", code }));
  });

  it.each(stricter)("rejects %s: %s, which the official reader accepts", (_label, code, json, dataBytes) => {
    expect(() => parse(json, dataBytes)).toThrow(expect.objectContaining({ name: "SafetensorsError", code }));
  });

  it("returns infos in the order of the bytes and where the data begins", () => {
    const json =
      '{"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
    const header = parse(json, 6);
    expect([...header.tensors]).toEqual([
      ["a", { dtype: "F32", shape: [], begin: 0, end: 4 }],
      ["b", { dtype: "U8", shape: [2], begin: 4, end: 6 }],
    ]);
    expect(header.dataOffset).toBe(8 + json.length);
    expect(header.metadata).toBeNull();
  });

  it("needs no more than the header's bytes, of a file of any size", () => {
    const size = 2 ** 45;
    const bytes = head(`{"w":{"dtype":"F32","shape":[${size / 4}],"data_offsets":[0,${size}]}}`);
    expect(parseSafetensorsHeader(bytes, bytes.length + size).tensors.get("w")?.end).toBe(size);
    expect(() => parseSafetensorsHeader(bytes.subarray(0, 20), bytes.length + size)).toThrow(
      expect.objectContaining({ code: "header-truncated" }),
    );
  });

  it("treats every name alike, __proto__ and constructor included", () => {
    const names = ["__proto__", "constructor", "toString"];
    const entries = names.map(
      (name, i) => `"${name}":{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`,
    );
    const texts = names.map((name) => `"${name}":"text"`);
    const { tensors, metadata } = parse(`{"__metadata__":{${texts}},${entries}}`, 3);
    expect([...tensors.keys()]).toEqual(names);
    expect(Object.keys(metadata ?? {})).toEqual(names);
    expect(Object.getPrototypeOf(metadata)).toBeNull();
    expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
  });

  it("reads a shared memory", () => {
    const bytes = head(`{"a":${OK}}`);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(parseSafetensorsHeader(shared, bytes.length + 4).tensors.has("a")).toBe(true);
  });

  it("keeps messages short whatever the file says", () => {
    const name = "n".repeat(100_000);
    const shape = `[${"1,".repeat(100_000)}1]`;
    expect.assertions(2);
    for (const json of [
      `{"${name}":null}`,
      `{"${name}":{"dtype":"F32","shape":${shape},"data_offsets":[0,8]}}`,
    ]) {
      try {
        parse(json);
      } catch (error) {
        expect(String(error).length).toBeLessThan(500);
      }
    }
  });

  it("takes linear time for shapes that overflow and for many tensors", () => {
    const shape = `[${"2,".repeat(1_000_000)}0]`;
    const start = performance.now();
    expect(() => parse(`{"a":{"dtype":"F32","shape":${shape},"data_offsets":[0,0]}}`, 0)).toThrow(
      "overflows",
    );
    const many = Array.from(
      { length: 50_000 },
      (_, i) => `"t${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
    );
    expect(parse(`{${many}}`, 0).tensors.size).toBe(50_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("readHeaderLength", () => {
  const prefix = (length: bigint) => new Uint8Array(new BigUint64Array([length]).buffer);

  it("reads the first 8 bytes", () => {
    expect(readHeaderLength(prefix(100n), 108)).toBe(100);
  });

  it.each([
    [prefix(100n), 107, "header-truncated", "the header of 100 bytes ends after the file does (107 bytes)"],
    [
      prefix(100_000_001n),
      10,
      "header-too-large",
      "at most 100000000 bytes long (its length says 100000001)",
    ],
    [prefix(2n ** 64n - 1n), 10, "header-too-large", "18446744073709551615"],
    [new Uint8Array(7), 7, "header-too-small", "(got 7)"],
    [new Uint8Array(0), 0, "header-too-small", "(got 0)"],
  ])("rejects %s of %i bytes: %s", (bytes, fileBytes, code, message) => {
    expect(() => readHeaderLength(bytes, fileBytes)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it("takes a header of 100,000,000 bytes if the file has it", () => {
    expect(readHeaderLength(prefix(100_000_000n), 100_000_008)).toBe(100_000_000);
  });
});
