import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeToFloat32 } from "../decode-floats.ts";
import { encodeValues } from "../encode.ts";
import { openSafetensors } from "./open.ts";
import { openSharded } from "./sharded.ts";
import { writeSafetensors } from "./write.ts";

const SHARDED = fileURLToPath(new URL("../fixtures/sharded-f32/", import.meta.url));
const scalar = (value: number) => ({ dtype: "F32", shape: [], data: encodeValues("F32", [value]) }) as const;

describe("openSharded, on a checkpoint of transformers", () => {
  it("has every tensor of the index, each as its shard has it", async () => {
    const text = await readFile(join(SHARDED, "model.safetensors.index.json"), "utf8");
    const index: { metadata: { total_size: number }; weight_map: Record<string, string> } = JSON.parse(text);
    const checkpoint = await openSharded(SHARDED);
    expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(index.weight_map).sort());
    expect(checkpoint.files).toHaveLength(4);
    expect(checkpoint.metadata).toEqual({ format: "pt" });
    let bytes = 0;
    for (const [name, tensor] of checkpoint.tensors) {
      bytes += tensor.bytes;
      const shard = await openSafetensors(join(SHARDED, index.weight_map[name]));
      expect(await checkpoint.read(name)).toEqual(await shard.read(name));
    }
    expect(bytes).toBe(index.metadata.total_size);
  });

  it("iterates a shard at a time", async () => {
    const checkpoint = await openSharded(join(SHARDED, "model.safetensors.index.json"));
    const files: string[] = [];
    let elements = 0;
    for await (const tensor of checkpoint) {
      files.push(checkpoint.tensors.get(tensor.name)?.file ?? "");
      elements += decodeToFloat32(tensor).length;
    }
    expect(elements).toBe(6992);
    expect(files.filter((file, i) => file !== files[i - 1])).toEqual(checkpoint.files);
  });
});

describe("openSharded", () => {
  let root: string;
  let directory: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "saccade-sharded-"));
    directory = join(root, "model");
    await mkdir(directory);
    await writeSafetensors(join(directory, "1.safetensors"), [
      ["a", scalar(1)],
      ["extra", scalar(9)],
    ]);
    await writeSafetensors(join(directory, "2.safetensors"), [
      ["b", scalar(2)],
      ["__proto__", scalar(3)],
    ]);
    await writeSafetensors(join(root, "outside.safetensors"), [["a", scalar(1)]]);
  });
  afterEach(() => rm(root, { recursive: true }));

  const open = async (index: string | Uint8Array) => {
    await writeFile(join(directory, "model.safetensors.index.json"), index);
    return openSharded(directory);
  };

  it("lists what the index lists, and no more", async () => {
    const checkpoint = await open(
      '{"metadata":{"total_size":12},"weight_map":{"b":"2.safetensors","a":"1.safetensors","__proto__":"2.safetensors"}}',
    );
    expect([...checkpoint.tensors.keys()]).toEqual(["a", "__proto__", "b"]);
    expect(decodeToFloat32(await checkpoint.read("__proto__"))).toEqual(Float32Array.of(3));
    const names: string[] = [];
    for await (const { name } of checkpoint) names.push(name);
    expect(names).toEqual(["a", "__proto__", "b"]);
    await expect(checkpoint.read("extra")).rejects.toThrow('has no tensor "extra"');
  });

  it("takes an index of nothing", async () => {
    const checkpoint = await open('{"weight_map":{}}');
    expect([checkpoint.tensors.size, checkpoint.files, checkpoint.metadata]).toEqual([0, [], null]);
  });

  it.each([
    [
      "a tensor that its shard has not",
      '{"weight_map":{"b":"1.safetensors"}}',
      'says that tensor "b" is in 1.safetensors, which has no such tensor',
    ],
    [
      "a shard that is not there",
      '{"weight_map":{"a":"3.safetensors"}}',
      'names "3.safetensors", which is not there',
    ],
    ["no weight_map", '{"metadata":{}}', "has no weight_map"],
    [
      "a weight_map of another kind",
      '{"weight_map":["1.safetensors"]}',
      '["weight_map"] must be an object, got ["1.safetensors"]',
    ],
    ["a shard of another kind", '{"weight_map":{"a":1}}', '["weight_map"]["a"] must be a string, got 1'],
    ["an array", "[]", "must be an object, got []"],
    ["no JSON", "weight_map", "is not JSON"],
    ["nothing", "", "is not JSON"],
  ])("rejects %s", async (_label, index, message) => {
    await expect(open(index)).rejects.toThrow(
      expect.objectContaining({ code: "invalid-index", message: expect.stringContaining(message) }),
    );
  });

  it("rejects a tensor that is listed twice", async () => {
    await expect(open('{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}')).rejects.toThrow(
      expect.objectContaining({ code: "duplicate-key" }),
    );
  });

  it("rejects bytes that are no UTF-8", async () => {
    await expect(open(Uint8Array.of(0x7b, 0xff))).rejects.toThrow(
      expect.objectContaining({ code: "invalid-index", message: expect.stringContaining("is not UTF-8") }),
    );
  });

  it("never leaves its directory", async () => {
    const outside = join(root, "outside.safetensors");
    const shards = [
      "../outside.safetensors",
      "./../outside.safetensors",
      "sub/../../outside.safetensors",
      "..\\outside.safetensors",
      "C:outside.safetensors",
      "C:/outside.safetensors",
      "1.safetensors\0",
      "//outside.safetensors",
      "..",
      ".",
      "",
      outside,
    ];
    for (const shard of shards) {
      await expect(open(JSON.stringify({ weight_map: { a: shard } })), shard).rejects.toThrow(
        expect.objectContaining({
          code: "invalid-index",
          message: expect.stringContaining("outside its directory"),
        }),
      );
    }
  });

  it("takes a shard in a directory below", async () => {
    await mkdir(join(directory, "sub"));
    await writeSafetensors(join(directory, "sub", "3.safetensors"), [["c", scalar(4)]]);
    const checkpoint = await open('{"weight_map":{"c":"sub/3.safetensors"}}');
    expect(decodeToFloat32(await checkpoint.read("c"))).toEqual(Float32Array.of(4));
  });

  it("rejects a broken shard by its own error, with its path", async () => {
    await writeFile(join(directory, "2.safetensors"), "x");
    await expect(open('{"weight_map":{"b":"2.safetensors"}}')).rejects.toThrow(
      expect.objectContaining({
        code: "header-too-small",
        message: expect.stringContaining("2.safetensors"),
      }),
    );
  });

  it("names an index that is missing", async () => {
    expect(await readdir(directory)).not.toContain("model.safetensors.index.json");
    await expect(openSharded(directory)).rejects.toThrow(
      expect.objectContaining({ code: "file-not-found", message: expect.stringContaining("index.json") }),
    );
  });
});
