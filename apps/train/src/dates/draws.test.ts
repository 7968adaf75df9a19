import { expect, test } from "vitest";
import { Draws } from "./draws.ts";

test("is sfc32: words worked out from the definition, independently", () => {
  // the definition in 64-bit whole numbers, cut to 32 bits after every step
  const cut = (value: bigint): bigint => value & 0xffffffffn;
  let [a, b, c, counter] = [1n, 2n, 3n, 4n];
  const next = (): number => {
    const result = cut(a + b + counter);
    counter = cut(counter + 1n);
    a = b ^ (b >> 9n);
    b = cut(c + (c << 3n));
    c = cut(((c << 21n) | (c >> 11n)) + result);
    return Number(result);
  };
  for (let round = 0; round < 16; round++) next();
  const draws = new Draws(1, 2, 3, 4);
  for (let i = 0; i < 100; i++) expect(draws.word()).toBe(next());
});

test("each of the four words matters", () => {
  const first = (...words: [number, number, number, number]): number => new Draws(...words).word();
  const all = [first(0, 0, 0, 0), first(1, 0, 0, 0), first(0, 1, 0, 0), first(0, 0, 1, 0), first(0, 0, 0, 1)];
  expect(new Set(all).size).toBe(5);
});

test("neighbouring streams are even and unrelated", () => {
  const bins = new Array<number>(100).fill(0);
  for (let index = 0; index < 100_000; index++) {
    const draws = new Draws(7, 0, index, 0);
    bins[10 * draws.below(10) + draws.below(10)]++;
  }
  const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquare).toBeGreaterThan(60); // 99 degrees of freedom: 99 +- 14
  expect(chiSquare).toBeLessThan(150);
});

test("pick and chance follow their probabilities", () => {
  const draws = new Draws(1, 0, 0, 0);
  const hits = Array.from({ length: 20_000 }, () => draws.chance(0.3)).filter(Boolean).length;
  expect(hits / 20_000).toBeCloseTo(0.3, 1);
  expect([draws.chance(0), draws.chance(1)]).toEqual([false, true]);
  expect(draws.pick(["only"])).toBe("only");
});
