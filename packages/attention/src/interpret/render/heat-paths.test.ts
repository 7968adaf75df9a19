import { expect, test } from "vitest";
import { heatPaths, pooled } from "./heat-paths.ts";

test("neighbours of one step in a row are one piece; rows stay apart", () => {
  expect(heatPaths([1, 1, 0, 1, 1, 1], 3)).toBe('<path class="w32" d="M0 0h2v1h-2zM0 1h3v1h-3z"/>');
  expect(heatPaths([0, 0], 2)).toBe("");
});

test("a pooled map has the largest weight of each block, NaN where one is; a small one is left as it is", () => {
  const weights = Float32Array.from({ length: 5 * 7 }, (_, i) => ((i * 11) % 35) / 35);
  weights[4 * 7 + 6] = Number.NaN;
  const { weights: largest, rows, columns } = pooled(weights, 5, 7, { rows: 2, columns: 4 });
  expect([rows, columns]).toEqual([2, 4]); // blocks of 3 x 2, cut at the ends
  for (let i = 0; i < 8; i++) {
    const block: number[] = [];
    for (let row = 3 * Math.floor(i / 4); row < Math.min(5, 3 * Math.floor(i / 4) + 3); row++)
      for (let column = 2 * (i % 4); column < Math.min(7, 2 * (i % 4) + 2); column++)
        block.push(weights[7 * row + column]);
    expect(largest[i]).toBe(Math.max(...block));
  }
  expect(largest[7]).toBeNaN();
  expect(pooled(weights, 5, 7, { rows: 5, columns: 7 }).weights).toBe(weights);
});
