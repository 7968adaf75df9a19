import { expect, test } from "vitest";
import { swapHeads } from "./swap-heads.ts";

test("heads and places change their order, rows stay whole", () => {
  // [H 2, T 2, E 2]
  const values = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  expect([...swapHeads(values, 2, 2, 2)]).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
});
