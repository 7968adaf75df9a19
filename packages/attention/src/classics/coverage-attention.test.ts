import { Key, type Tensor } from "@saccade/core";
import { checkGradients, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, test } from "vitest";
import {
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  plus,
  random,
  scaled,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { CoverageAttention, coverageLoss } from "./coverage-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("coverage", () => {
  test("equations 10 and 11, by loops", async () => {
    using layer = new CoverageAttention({ queryDim: 2, keyDim: 3 }, { key, dtype: "f64" });
    using query = random(key.fold(1), [2, 3, 2]);
    using keys = random(key.fold(2), [2, 5, 3]);
    const [q, h] = await Promise.all([cube(query), cube(keys)]);
    const [Ws, Wh, wc, v] = await Promise.all(
      [layer.queryProjection, layer.keyProjection, layer.coverageProjection, layer.scoreProjection].map(
        (it) => matrix(it.weight),
      ),
    );
    const b = (await layer.queryProjection.bias?.array()) as number[];
    const expected = q.map((rows, n) => {
      let covered = [0, 0, 0, 0, 0];
      for (const row of rows) {
        const scores = h[n].map((it, j) => {
          const known = scaled(
            covered[j],
            wc.map(([x]) => x),
          );
          return dot(v[0], plus(times(Ws, row), times(Wh, it), known, b).map(Math.tanh));
        });
        covered = plus(covered, softmaxOf(scores));
      }
      return covered;
    });
    const last = (x: Tensor, m: Tensor): Tensor => {
      let coverage: Tensor | null = null;
      for (let i = 0; i < 3; i++) coverage = layer.forward(x.narrow(1, i, 1), m, coverage).coverage;
      return coverage ?? x;
    };
    await expectClose(() => last(query, keys), expected);
    await checkModule(layer, last, [query, keys], key.fold(3));
  });

  test("equation 12, by loops", async () => {
    using logits = random(key, [2, 4, 3]);
    const weights = (await cube(logits)).map((rows) => rows.map((row) => softmaxOf(row)));
    const expected = weights.map((rows) => {
      let [loss, covered] = [0, [0, 0, 0]];
      for (const row of rows) {
        loss += row.reduce((total, a, j) => total + Math.min(a, covered[j]), 0);
        covered = plus(covered, row);
      }
      return loss;
    });
    await expectClose(() => coverageLoss(logits.softmax()), expected);
    await checkGradients((x) => coverageLoss(x.softmax()), [logits]);
  });
});
