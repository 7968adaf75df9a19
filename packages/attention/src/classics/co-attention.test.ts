import { Key, tensor } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, test } from "vitest";
import {
  blendOf,
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  plus,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { CoAttention } from "./co-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("CoAttention", () => {
  test("equations 3 to 5, by loops; padding is as if it were not there", async () => {
    using layer = new CoAttention({ embedDim: 3, attentionDim: 2 }, { key, dtype: "f64" });
    using first = random(key.fold(1), [2, 5, 3]);
    using second = random(key.fold(2), [2, 4, 3]);
    using firstMask = tensor(
      [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0],
      ],
      { dtype: "u8" },
    );
    using secondMask = tensor(
      [
        [1, 1, 1, 1],
        [1, 1, 0, 0],
      ],
      { dtype: "u8" },
    );
    const lengths = [
      [5, 4],
      [3, 2],
    ];
    const [Wb, Wv, Wq, hv, hq] = await Promise.all(layer.parameters().map(matrix));
    const [V, Q] = await Promise.all([cube(first), cube(second)]);
    const expected = lengths.map(([N, T], b) => {
      const [v, q] = [V[b].slice(0, N), Q[b].slice(0, T)];
      const C = q.map((row) => v.map((it) => Math.tanh(dot(row, times(Wb, it)))));
      const pick = (
        own: number[][],
        other: number[][],
        W: number[][],
        U: number[][],
        w: number[],
        c: (i: number, j: number) => number,
      ) => {
        const scores = own.map((row, i) => {
          const told = other.map((it, j) => times(U, it).map((x) => c(i, j) * x));
          return dot(w, plus(times(W, row), ...told).map(Math.tanh));
        });
        return blendOf(softmaxOf(scores), own);
      };
      return [pick(v, q, Wv, Wq, hv[0], (n, t) => C[t][n]), pick(q, v, Wq, Wv, hq[0], (t, n) => C[t][n])];
    });
    const masks = { firstMask, secondMask };
    await expectClose(
      () => layer.forward(first, second, masks).first.pooled,
      expected.map(([it]) => it),
    );
    await expectClose(
      () => layer.forward(first, second, masks).second.pooled,
      expected.map(([, it]) => it),
    );
    await checkModule(
      layer,
      (x, y) => {
        const pooled = layer.forward(x, y, masks);
        return [pooled.first.pooled, pooled.second.pooled];
      },
      [first, second],
      key.fold(3),
    );
  });
});
