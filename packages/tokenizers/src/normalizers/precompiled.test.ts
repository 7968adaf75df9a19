import fc from "fast-check";
import { expect, it } from "vitest";
import { aligned, characters } from "../testing/aligned.ts";
import { Charsmap } from "./charsmap.ts";
import { Precompiled } from "./precompiled.ts";
import { readNormalizer } from "./read.ts";

/** A table of replacements; a plain, wasteful double array: each node has 256 units of its own. */
function charsmapOf(replacements: Readonly<Record<string, string>>): Uint8Array {
  const encoder = new TextEncoder();
  let pool: number[] = [];
  const children: Map<number, number>[] = [new Map()];
  const values: (number | undefined)[] = [undefined];
  for (const [from, to] of Object.entries(replacements)) {
    let node = 0;
    for (const byte of encoder.encode(from)) {
      if (!children[node]!.has(byte)) {
        children[node]!.set(byte, children.length);
        children.push(new Map());
        values.push(undefined);
      }
      node = children[node]!.get(byte)!;
    }
    values[node] = pool.length;
    pool = [...pool, ...encoder.encode(to), 0];
  }
  // node i has the units 256 * (i + 1) ...; the root's own unit is 0
  const blocks = new Uint32Array(256 * (children.length + 1));
  const place = (node: number, at: number, label: number) => {
    const offset = at ^ (256 * (node + 1));
    // multiples of 256 are written shifted, with bit 9 set
    const [scaled, rest] = [offset >>> 8, offset & 0xff];
    blocks[at] =
      (rest === 0 ? (scaled << 10) | 0x200 : offset << 10) | label | (values[node] === undefined ? 0 : 0x100);
    if (values[node] !== undefined) blocks[256 * (node + 1)] = 0x80000000 | values[node];
    for (const [byte, child] of children[node]!) place(child, (256 * (node + 1)) ^ byte, byte);
  };
  place(0, 0, 0);
  const bytes = new Uint8Array(4 + blocks.byteLength + pool.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, blocks.byteLength, true);
  for (const [i, unit] of blocks.entries()) view.setUint32(4 + 4 * i, unit, true);
  bytes.set(pool, 4 + blocks.byteLength);
  return bytes;
}

const table = charsmapOf({
  ﬁ: "fi",
  "e\u0301": "é",
  é: "É",
  "\u0001": "",
  "\t": " ",
  ab: "x",
  abc: "y",
  "½": "1⁄2",
});

it("finds the shortest and the longest beginning", () => {
  const charsmap = new Charsmap(table);
  expect(charsmap.shortest("abc", 0, 3)).toEqual({ end: 2, replacement: "x" });
  expect(charsmap.longest("abc", 0, 3)).toEqual({ end: 3, replacement: "y" });
  expect(charsmap.longest("abc", 0, 1)).toBeUndefined();
  expect(charsmap.longest("zab", 1, 3)).toEqual({ end: 3, replacement: "x" });
});

it("rewrites clusters and characters, with alignment", () => {
  const normalizer = new Precompiled(table);
  expect(characters(normalizer.normalize(aligned("aﬁ\u0001e\u0301b")))).toEqual([
    ["a", 0, 1],
    ["f", 1, 2],
    ["i", 1, 2],
    ["é", 3, 4],
    ["b", 5, 6],
  ]);
  // the replacement of the first character stands for the whole cluster
  expect(characters(normalizer.normalize(aligned("½\u0301x")))).toEqual([
    ["1", 0, 1],
    ["⁄", 1, 2],
    ["2", 1, 2],
    ["x", 2, 3],
  ]);
  // a cluster of six bytes or more is read character by character
  expect(normalizer.normalize(aligned("é\u0301\u0301\u0301")).text).toBe("É\u0301\u0301\u0301");
  const plain = aligned("plain");
  expect(normalizer.normalize(plain)).toBe(plain);
});

it("goes out as it came in", () => {
  const json = new Precompiled(table).toJSON();
  expect(readNormalizer(json).toJSON()).toEqual(json);
});

it("reads any bytes in bounded time, without reading outside of them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 64 }),
      fc.string({ unit: "binary" }),
      (noise, text) => {
        const bytes = new Uint8Array(4 + 4 * noise.length);
        new DataView(bytes.buffer).setUint32(0, 2 * noise.length - ((2 * noise.length) % 4), true);
        bytes.set(noise, 4);
        fc.pre(noise.length >= 4);
        new Precompiled(bytes).normalize(aligned(text));
      },
    ),
  );
});
