import { expect, test } from "vitest";
import { floatTiles, matrixTiles, partDepth, planOf } from "./plan.ts";

/** Rows of the tile, and parts. */
function chosen(m: number, n: number, k: number, batch = 1): [number, number] {
  const { tile, parts } = planOf(floatTiles, { m, n, k, batch });
  return [tile.rows, parts];
}

test("large products take large tiles, small ones small tiles", () => {
  expect(chosen(4096, 4096, 4096)).toEqual([128, 1]);
  expect(chosen(64, 1024, 64, 96)).toEqual([64, 1]);
  expect(chosen(64, 64, 64)).toEqual([32, 1]);
  expect(planOf(matrixTiles, { m: 4096, n: 4096, k: 4096, batch: 1 }).tile.rows).toBe(128);
  expect(planOf(matrixTiles, { m: 256, n: 256, k: 256, batch: 1 }).tile.rows).toBe(64);
});

test("where there are few tiles, the depth is cut", () => {
  const [rows, parts] = chosen(512, 512, 65536);
  expect(rows).toBe(128);
  expect(parts).toBeGreaterThan(4);
  expect(chosen(40, 40, 40)).toEqual([32, 1]);
});

test("parts are whole strips, and cover the depth", () => {
  for (const [k, parts] of [
    [2101, 27],
    [600, 8],
    [64, 1],
    [0, 1],
  ] as const) {
    expect(partDepth(k, parts) % 32).toBe(0);
    expect(partDepth(k, parts) * parts).toBeGreaterThanOrEqual(k);
  }
});
