import { ArgumentError, Key, tensor } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { expectClose, randomHeads } from "../testing/by-hand.ts";
import { bigBirdLayout, layoutMask, longformerLayout } from "./block-layout.ts";
import { blockSparseAttention } from "./block-sparse-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("layouts", () => {
  test("Longformer: a window and global blocks", () => {
    const { blocks } = longformerLayout({ length: 11, blockSize: 2, window: 1, global: 1 });
    expect(blocks).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2],
      [0, 1, 2, 3],
      [0, 2, 3, 4],
      [0, 3, 4, 5],
      [0, 4, 5],
    ]);
  });

  test("BigBird: so many random blocks besides, the same for the same key", () => {
    const options = { length: 64, blockSize: 4, random: 2 };
    const plain = longformerLayout({ length: 64, blockSize: 4 });
    const [one, again, other] = [key, key, key.fold(1)].map((it) => bigBirdLayout({ ...options, key: it }));
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    for (const [i, row] of one.blocks.entries()) {
      const extra = row.filter((j) => !plain.blocks[i].includes(j));
      expect(extra.length).toBe(i === 0 ? 0 : 2);
    }
  });

  test("no elements; wrong numbers", () => {
    expect(longformerLayout({ length: 0, blockSize: 4 }).blocks).toEqual([]);
    expect(() => longformerLayout({ length: 8, blockSize: 0 })).toThrow(ArgumentError);
    expect(() => bigBirdLayout({ length: 8, blockSize: 2, random: -1, key })).toThrow(ArgumentError);
  });
});

describe("blockSparseAttention", () => {
  const layouts = {
    longformer: longformerLayout({ length: 11, blockSize: 2 }),
    "without global blocks": longformerLayout({ length: 11, blockSize: 3, global: 0 }),
    bigBird: bigBirdLayout({ length: 11, blockSize: 2, random: 1, key }),
    "one block": longformerLayout({ length: 11, blockSize: 64 }),
    "a block that sees nothing": { blockSize: 4, blocks: [[0], [], [0, 2]] },
  };

  test.each(Object.entries(layouts))("%s is attention with its mask", async (_, layout) => {
    const heads = randomHeads(key, { T: 11 });
    for (const causal of [false, true]) {
      const [sparse, dense] = await evaluateAll(() => [
        blockSparseAttention(...heads, layout, { causal, scale: 0.7 }),
        attention(...heads, { mask: layoutMask(layout, 11), causal, scale: 0.7 }),
      ]);
      await expectClose(() => tensor(sparse, { dtype: "f64" }), dense);
    }
    await checkGradients((q, k, v) => blockSparseAttention(q, k, v, layout, { causal: true }), heads);
    for (const x of heads) x.dispose();
  });

  test("no elements; layouts that do not fit", async () => {
    const none = randomHeads(key, { T: 0 });
    expect(await evaluate(() => blockSparseAttention(...none, { blockSize: 2, blocks: [] }))).toEqual([]);
    const heads = randomHeads(key, { T: 4 });
    const [q, k, v] = heads;
    expect(() => blockSparseAttention(q, k, v, { blockSize: 2, blocks: [[0]] })).toThrow(
      new ArgumentError("blockSparseAttention: 4 elements are 2 blocks (got a layout of 1)"),
    );
    expect(() => blockSparseAttention(q, k, v, { blockSize: 2, blocks: [[1, 0], [2]] })).toThrow(
      ArgumentError,
    );
    for (const x of [...none, ...heads]) x.dispose();
  });
});
