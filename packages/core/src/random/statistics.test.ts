import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dropout, Key, ones, rand, randn, randomBits } from "../index.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { keptElements } from "./kept.ts";
import { threefry2x32 } from "./threefry.ts";

guardMemory({ beforeEach, afterEach });

const count = 40_000;
const mean = (xs: readonly number[]): number => xs.reduce((total, x) => total + x, 0) / xs.length;
const correlation = (xs: readonly number[], ys: readonly number[]): number => {
  const [mx, my] = [mean(xs), mean(ys)];
  const covariance = mean(xs.map((x, i) => (x - mx) * (ys[i] - my)));
  return covariance / Math.sqrt(mean(xs.map((x) => (x - mx) ** 2)) * mean(ys.map((y) => (y - my) ** 2)));
};

/** Chi-squared of counts that should be equal. */
function chiSquared(bins: readonly number[]): number {
  const expected = bins.reduce((a, b) => a + b, 0) / bins.length;
  return bins.reduce((total, n) => total + (n - expected) ** 2 / expected, 0);
}

describe("the numbers that keys give", () => {
  test("are threefry's words, in the order of the contract", async () => {
    const key = new Key(5);
    const bits = await evaluate(() => randomBits(key, [7]));
    const blocks = [0, 1, 2, 3].flatMap((block) => threefry2x32(key.words, block, 0));
    expect(bits).toEqual(blocks.slice(0, 7));
    const uniforms = await evaluate(() => rand(key, [7]));
    expect(uniforms).toEqual(bits.map((word) => (word >>> 8) * 2 ** -24));
  });

  test("uniforms: in [0, 1), level, uncorrelated along the stream and between keys", async () => {
    const [a, b] = [
      await evaluate(() => rand(new Key(1), [count])),
      await evaluate(() => rand(new Key(2), [count])),
    ];
    expect(a.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(mean(a) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
    const bins = new Array<number>(100).fill(0);
    for (const x of a) bins[Math.floor(x * 100)]++;
    // 99 degrees of freedom: mean 99, standard deviation 14.
    expect(chiSquared(bins)).toBeLessThan(99 + 5 * 14);
    for (const [x, y] of [
      [a, b],
      [a.slice(1), a],
      [a.slice(2), a],
    ]) {
      expect(Math.abs(correlation(x, y))).toBeLessThan(4 / Math.sqrt(count));
    }
  });

  test("normals: moments, and the pairs of Box and Muller are independent", async () => {
    const x = await evaluate(() => randn(new Key(3), [count]));
    expect(Math.abs(mean(x))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(mean(x.map((v) => v * v)) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(mean(x.map((v) => v ** 3)))).toBeLessThan(4 * Math.sqrt(15 / count));
    expect(Math.abs(mean(x.map((v) => v ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
    const [even, odd] = [0, 1].map((r) => x.filter((_, i) => i % 2 === r));
    expect(Math.abs(correlation(even, odd))).toBeLessThan(4 / Math.sqrt(count / 2));
  });

  test("ranges and moments that are asked for", async () => {
    const x = await evaluate(() => rand(new Key(1), [1000], { low: -3, high: -1 }));
    expect(x.every((v) => v >= -3 && v < -1)).toBe(true);
    const y = await evaluate(() => randn(new Key(1), [count], { mean: 10, std: 0.1 }));
    expect(mean(y)).toBeCloseTo(10, 2);
  });

  test("dropout keeps its share, scaled by the share that p is rounded to", async () => {
    const y = await evaluate(() => dropout(ones([count]), 0.3, new Key(4)));
    const kept = y.filter((v) => v !== 0);
    expect(new Set(kept).size).toBe(1);
    expect(kept[0]).toBeCloseTo(65536 / (65536 - 19661), 6);
    expect(Math.abs(kept.length / count - 0.7)).toBeLessThan(4 * Math.sqrt(0.21 / count));
  });

  test("dropout of rows: neighbours in a row, rows, fours of columns and keys are independent", () => {
    const [rows, columns] = [400, 100];
    const draw = (seed: number): number[] => [...keptElements([rows, columns], 0.3, new Key(seed).words)];
    const kept = draw(5);
    const at = (x: number[], r: number, j: number): number[] =>
      x.filter((_, i) => i + r * columns + j < x.length).map((_, i) => x[i + r * columns + j]);
    for (const [r, j] of [0, 1, 2].flatMap((r) => [0, 1, 2, 3, 4, 8].map((j) => [r, j]))) {
      if (r + j === 0) continue;
      const other = at(kept, r, j);
      expect(Math.abs(correlation(kept.slice(0, other.length), other))).toBeLessThan(4.5 / Math.sqrt(count));
    }
    expect(Math.abs(correlation(kept, draw(6)))).toBeLessThan(4.5 / Math.sqrt(count));
    // What columns and what rows keep is spread as the binomial distribution has it.
    const sums = (of: number, by: (i: number) => number): number[] =>
      Array.from({ length: of }, (_, n) => mean(kept.filter((_, i) => by(i) === n)));
    for (const [means, size] of [
      [sums(columns, (i) => i % columns), rows],
      [sums(rows, (i) => Math.floor(i / columns)), columns],
    ] as const) {
      const chi = means.reduce((total, m) => total + ((m - 0.7) ** 2 / 0.21) * size, 0);
      expect(Math.abs(chi - means.length)).toBeLessThan(5 * Math.sqrt(2 * means.length));
    }
  });
});
