import { Key, ones, randn, softmax, tensor, tidy, zeros } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attentionFlow } from "./attention-flow.ts";
import { LayeredFlow } from "./max-flow.ts";
import { rollout } from "./rollout.ts";

guardMemory({ beforeEach, afterEach });

/** The least capacity of a cut, over all sets of nodes that hold the source and not the sink. */
function leastCut(capacities: readonly Float64Array[], T: number, from: number, to: number): number {
  const nodes = (capacities.length + 1) * T;
  const source = nodes - T + from;
  let least = Number.POSITIVE_INFINITY;
  for (let set = 0; set < 2 ** nodes; set++) {
    if (!((set >> source) & 1) || (set >> to) & 1) continue;
    let cut = 0;
    for (const [l, layer] of capacities.entries()) {
      for (const [at, capacity] of layer.entries()) {
        const [i, j] = [Math.floor(at / T), at % T];
        if ((set >> ((l + 1) * T + i)) & 1 && !((set >> (l * T + j)) & 1)) cut += capacity;
      }
    }
    least = Math.min(least, cut);
  }
  return least;
}

test("the largest flow is the least cut", () => {
  const graph = fc
    .record({ T: fc.integer({ min: 1, max: 3 }), L: fc.integer({ min: 1, max: 3 }) })
    .chain(({ T, L }) => {
      const capacity = fc.oneof(
        fc.constant(0),
        fc.constant(0.25),
        fc.double({ min: 0, max: 1, noNaN: true }),
      );
      const layer = fc.array(capacity, { minLength: T * T, maxLength: T * T });
      const layers = fc.array(
        layer.map((row) => Float64Array.from(row)),
        { minLength: L, maxLength: L },
      );
      return fc.record({ T: fc.constant(T), layers });
    });
  fc.assert(
    fc.property(graph, ({ T, layers }) => {
      const flow = new LayeredFlow(layers, T);
      for (let i = 0; i < T; i++) {
        for (let j = 0; j < T; j++) expect(flow.maximum(i, j)).toBeCloseTo(leastCut(layers, T, i, j), 12);
      }
    }),
    { numRuns: 60 },
  );
});

test("a path that was taken is given back where it has to be", () => {
  // The first shortest path, straight down, blocks both others: one has to go up again.
  const lowest = Float64Array.of(1, 0, 0, 1, 1, 0, 0, 0, 0);
  const middle = Float64Array.of(1, 1, 0, 1, 0, 0, 0, 0, 0);
  const highest = Float64Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0);
  const layers = [lowest, middle, highest];
  const flow = new LayeredFlow(layers, 3);
  expect([flow.maximum(0, 0), flow.maximum(0, 1), flow.maximum(0, 2)]).toEqual([2, 1, 0]);
  expect(leastCut(layers, 3, 0, 0)).toBe(2);
});

test("what another program gives, in fractions: rows sum to 8", async () => {
  const eighths = [
    [
      [5, 2, 1],
      [1, 1, 6],
      [2, 2, 4],
    ],
    [
      [1, 6, 1],
      [4, 3, 1],
      [0, 1, 7],
    ],
    [
      [3, 3, 2],
      [8, 0, 0],
      [1, 3, 4],
    ],
  ];
  const layers = tidy(() => eighths.map((rows) => tensor([[rows]], { dtype: "f64" }).div(8)));
  using flow = await attentionFlow(layers);
  expect(flow.shape).toEqual([1, 3, 3]);
  expect(await flow.data()).toEqual(
    Float64Array.of(0.9375, 0.8125, 0.6875, 0.875, 0.8125, 0.5625, 0.4375, 0.4375, 1),
  );
  using last = await attentionFlow(layers, { queries: [-1, 0], residual: 0.5 });
  expect(await last.data()).toEqual(Float64Array.of(0.4375, 0.4375, 1, 0.9375, 0.8125, 0.6875));
  for (const layer of layers) layer.dispose();
});

test("of one layer it is what the layer passes on; of several no less than rollout, and no more than all", async () => {
  const layers = tidy(() =>
    [0, 1, 2].map((i) => softmax(randn(new Key(i), [2, 2, 8, 8], { dtype: "f64" }).mul(3))),
  );
  using one = await attentionFlow(layers.slice(0, 1), { residual: 0.25 });
  const same = await evaluate(() =>
    one
      .sub(rollout(layers.slice(0, 1), { residual: 0.25 }))
      .abs()
      .amax(),
  );
  expect(same[0]).toBeLessThan(1e-15);
  using flow = await attentionFlow(layers);
  const [flows, shares] = [await flow.data(), await evaluate(() => rollout(layers))];
  for (const [i, share] of shares.entries()) {
    expect(flows[i]).toBeGreaterThanOrEqual(share - 1e-12);
    expect(flows[i]).toBeLessThanOrEqual(1 + 1e-12);
  }
  for (const layer of layers) layer.dispose();
});

test("NaN is seen, sizes of 0 and 1 are none, f32 stays f32", async () => {
  using known = ones([1, 1, 1, 1]);
  using unknown = tensor([[[[Number.NaN]]], [[[1]]]]);
  using flow = await attentionFlow([unknown]);
  expect(await flow.array()).toEqual([[[Number.NaN]], [[1]]]);
  using single = await attentionFlow([known, known]);
  expect([single.dtype, await single.array()]).toEqual(["f32", [[[1]]]]);
  using empty = zeros([1, 2, 0, 0]);
  using none = await attentionFlow([empty]);
  expect(none.shape).toEqual([1, 0, 0]);
  using nowhere = zeros([1, 2, 2, 2]);
  using stays = await attentionFlow([nowhere]);
  expect(await stays.array()).toEqual([
    [
      [1, 0],
      [0, 1],
    ],
  ]);
});

test("refuses what is no self-attention, and options that are not", async () => {
  using square = ones([1, 2, 3, 3]);
  using wide = ones([1, 2, 3, 4]);
  await expect(attentionFlow([])).rejects.toThrow("attentionFlow: needs the weights of one layer at least");
  await expect(attentionFlow([square, wide])).rejects.toThrow("attentionFlow: layers must be [B, H, T, T]");
  await expect(attentionFlow([square], { queries: [3] })).rejects.toThrow(
    "attentionFlow: queries are integers from -3 to 2 (got 3)",
  );
  await expect(attentionFlow([square], { heads: 1 } as object)).rejects.toThrow('unknown option "heads"');
});
