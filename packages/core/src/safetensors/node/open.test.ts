import { cp, mkdir, mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeValues } from "../encode.ts";
import type { TensorData } from "../parse.ts";
import { serializeSafetensors } from "../serialize.ts";
import { loadCheckpoint, openSafetensors, readSafetensors } from "./open.ts";
import { writeSafetensors } from "./write.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));
const tensors: [string, TensorData][] = [
  ["w", { dtype: "F32", shape: [2], data: encodeValues("F32", [1, 2]) }],
  ["ids", { dtype: "I64", shape: [1], data: encodeValues("I64", [7]) }],
  ["none", { dtype: "F32", shape: [0], data: new Uint8Array(0) }],
];

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "saccade-open-"));
  path = join(directory, "model.safetensors");
  await writeSafetensors(path, tensors, { format: "pt" });
});
afterEach(() => rm(directory, { recursive: true }));

const error = (code: string, message: string) =>
  expect.objectContaining({ name: "SafetensorsError", code, message: expect.stringContaining(message) });

describe("openSafetensors", () => {
  it("lists without reading, and reads one tensor", async () => {
    const checkpoint = await openSafetensors(path);
    expect([...checkpoint.tensors]).toEqual([
      ["ids", { dtype: "I64", shape: [1], bytes: 8, file: path }],
      ["none", { dtype: "F32", shape: [0], bytes: 0, file: path }],
      ["w", { dtype: "F32", shape: [2], bytes: 8, file: path }],
    ]);
    expect(checkpoint.files).toEqual([path]);
    expect(checkpoint.metadata).toEqual({ format: "pt" });
    expect(await checkpoint.read("w")).toEqual({ name: "w", ...tensors[0][1] });
    expect(await checkpoint.read("none")).toEqual({ name: "none", ...tensors[2][1] });
    await expect(checkpoint.read("v")).rejects.toThrow(
      error("tensor-not-found", `${path} has no tensor "v"`),
    );
  });

  it("iterates, and may be left early", async () => {
    const checkpoint = await openSafetensors(path);
    const names: string[] = [];
    for await (const { name } of checkpoint) names.push(name);
    expect(names).toEqual(["ids", "none", "w"]);
    for await (const { name } of checkpoint) {
      expect(name).toBe("ids");
      break;
    }
  });

  it("lists a file of a terabyte at once", async () => {
    const size = 2 ** 40;
    const header = new TextEncoder().encode(
      `{"w":{"dtype":"U8","shape":[${size}],"data_offsets":[0,${size}]},"z":{"dtype":"U8","shape":[2],"data_offsets":[${size},${size + 2}]}}`,
    );
    const handle = await open(path, "w");
    await handle.write(new BigUint64Array([BigInt(header.length)]));
    await handle.write(header);
    try {
      await handle.truncate(8 + header.length + size + 2); // sparse: takes no room
    } catch {
      return; // a file system without such files
    } finally {
      await handle.close();
    }
    const checkpoint = await openSafetensors(path);
    expect(checkpoint.tensors.get("w")?.bytes).toBe(size);
    expect((await checkpoint.read("z")).data).toEqual(Uint8Array.of(0, 0));
  });

  it.each([
    ["too_short", "header-too-small"],
    ["header_huge", "header-too-large"],
    ["header_longer_than_file", "header-truncated"],
    ["not_utf8", "header-not-utf8"],
    ["truncated_data", "data-truncated"],
    ["trailing_data", "data-trailing"],
    ["overlap", "invalid-offsets"],
  ])("rejects %s.safetensors as the parser does, with its path", async (name, code) => {
    const file = join(FIXTURES, "broken", `${name}.safetensors`);
    await expect(openSafetensors(file)).rejects.toThrow(error(code, file));
  });

  it("names a path that is missing or no file", async () => {
    const missing = join(directory, "none.safetensors");
    await expect(openSafetensors(missing)).rejects.toThrow(error("file-not-found", missing));
    await expect(openSafetensors(join(path, "below"))).rejects.toThrow(error("file-not-found", "below"));
    await expect(openSafetensors(directory)).rejects.toThrow(error("not-a-file", "(directory)"));
  });

  it.skipIf(process.platform === "win32")("reads no device, which might never end", async () => {
    await expect(openSafetensors("/dev/zero")).rejects.toThrow(error("not-a-file", "(other)"));
  });

  it("notices a file that was replaced or cut", async () => {
    const checkpoint = await openSafetensors(path);
    await truncate(path, 20);
    await expect(checkpoint.read("w")).rejects.toThrow(error("file-changed", path));
    await writeSafetensors(path, tensors, { format: "np" });
    await expect(checkpoint.read("w")).rejects.toThrow(error("file-changed", path));
    await rm(path);
    await expect(checkpoint.read("w")).rejects.toThrow(error("file-not-found", path));
  });
});

describe("readSafetensors and writeSafetensors", () => {
  it("round-trip", async () => {
    const file = await readSafetensors(path);
    expect(file.metadata).toEqual({ format: "pt" });
    for (const [name, tensor] of tensors) expect(file.tensors.get(name)).toEqual({ name, ...tensor });
    expect(serializeSafetensors(file.tensors, file.metadata)).toEqual(
      serializeSafetensors(tensors, { format: "pt" }),
    );
  });

  it("writes nothing when a tensor is wrong", async () => {
    const wrong: [string, TensorData][] = [["w", { dtype: "F32", shape: [2], data: new Uint8Array(3) }]];
    await expect(writeSafetensors(path, wrong)).rejects.toThrow(
      error("invalid-tensor", "takes 8 bytes (got 3)"),
    );
    expect((await readSafetensors(path)).tensors.size).toBe(3);
  });
});

describe("loadCheckpoint", () => {
  it("takes a file", async () => {
    expect((await loadCheckpoint(path)).files).toEqual([path]);
  });

  it("takes an index, or a directory with one", async () => {
    const sharded = join(FIXTURES, "sharded-f32");
    const ofDirectory = await loadCheckpoint(sharded);
    const ofIndex = await loadCheckpoint(join(sharded, "model.safetensors.index.json"));
    expect(ofDirectory.files).toHaveLength(4);
    expect(ofIndex.files).toEqual(ofDirectory.files);
  });

  it("prefers model.safetensors, then its index, then what is alone", async () => {
    await cp(join(FIXTURES, "sharded-f32"), directory, { recursive: true });
    expect((await loadCheckpoint(directory)).files).toEqual([path]);
    await rm(path);
    expect((await loadCheckpoint(directory)).files).toHaveLength(4);
    const other = join(directory, "other");
    await mkdir(other);
    await writeSafetensors(join(other, "adapter.safetensors"), tensors);
    expect((await loadCheckpoint(other)).files).toEqual([join(other, "adapter.safetensors")]);
  });

  it("says what a directory has where it cannot choose", async () => {
    const other = join(directory, "other");
    await mkdir(other);
    await expect(loadCheckpoint(other)).rejects.toThrow(error("file-not-found", "(got none)"));
    for (const name of ["b.safetensors", "a.safetensors"]) await writeFile(join(other, name), "");
    await expect(loadCheckpoint(other)).rejects.toThrow(
      error("file-not-found", "(got a.safetensors, b.safetensors)"),
    );
  });

  it("names a path that is missing", async () => {
    await expect(loadCheckpoint(join(directory, "none"))).rejects.toThrow(error("file-not-found", "none"));
  });
});
