import fc from "fast-check";
import { expect, test } from "vitest";
import { commonPrefixes, repeatedSubstrings, suffixArray } from "./suffix-array.ts";

const texts = fc
  .integer({ min: 1, max: 5 })
  .chain((size) =>
    fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 60 }).map((text) => ({ size, text })),
  );

test("suffixes are in order", () => {
  fc.assert(
    fc.property(texts, ({ size, text }) => {
      const compare = (a: number, b: number): number => {
        for (let i = 0; ; i++) {
          if (a + i === text.length || b + i === text.length) return b - a;
          if (text[a + i] !== text[b + i]) return text[a + i] - text[b + i];
        }
      };
      const expected = [...text.keys()].sort(compare);
      expect([...suffixArray(Int32Array.from(text), size)]).toEqual(expected);
    }),
  );
});

test("repeated substrings are those that occur twice and go on differently", () => {
  fc.assert(
    fc.property(texts, ({ size, text }) => {
      const joined = String.fromCharCode(...text.map((symbol) => 97 + symbol));
      const expected = new Map<string, number>();
      for (let start = 0; start < joined.length; start++) {
        for (let end = start + 1; end <= joined.length; end++) {
          const part = joined.slice(start, end);
          const places = [...text.keys()].filter((at) => joined.startsWith(part, at));
          const next = new Set(places.map((at) => joined[at + part.length]));
          if (places.length > 1 && next.size > 1) expected.set(part, places.length);
        }
      }
      const suffixes = suffixArray(Int32Array.from(text), size);
      const found = new Map<string, number>();
      repeatedSubstrings(commonPrefixes(Int32Array.from(text), suffixes), (first, end, length) => {
        found.set(joined.slice(suffixes[first], suffixes[first] + length), end - first);
      });
      expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()));
    }),
  );
});

test("a long run of one symbol", () => {
  const n = 100_000;
  const suffixes = suffixArray(new Int32Array(n), 1);
  expect(suffixes[0]).toBe(n - 1);
  expect(suffixes[n - 1]).toBe(0);
});
