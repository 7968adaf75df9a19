import fc from "fast-check";
import { expect, test } from "vitest";
import { UnitCounter } from "./unit-counter.ts";

function countAll(words: readonly string[]): Map<string, number> {
  const counter = new UnitCounter();
  for (const word of words) {
    const units = Uint16Array.from({ length: word.length + 2 }, (_, i) => word.charCodeAt(i - 1));
    counter.add(units, 1, word.length + 1);
  }
  return new Map(counter.entries());
}

function expected(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

test("counts as a Map does, in the order in which words come", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 6 }), { maxLength: 60 }), (words) => {
      expect([...countAll(words)]).toEqual([...expected(words)]);
    }),
  );
});

test("many words, and long ones", () => {
  const many = Array.from({ length: 30_000 }, (_, i) => `w${i % 20_000}`);
  expect([...countAll(many)]).toEqual([...expected(many)]);
  const long = "abc".repeat(50_000);
  expect([...countAll([long, "a", long])]).toEqual([
    [long, 2],
    ["a", 1],
  ]);
});
