import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import { Key } from "../random/key.ts";
import { tidy } from "../scope.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { ctcLoss } from "./ctc-loss.ts";
import { ones, zeros } from "./fill.ts";
import { randn } from "./random.ts";
import { logSoftmax } from "./softmax.ts";

guardMemory({ beforeEach, afterEach });

/** What is left of a path without repetitions and blanks. */
function collapse(path: readonly number[], blank: number): string {
  return path.filter((label, t) => label !== blank && label !== path[t - 1]).join();
}

/** Minus the logarithm of the probability of all paths that give the target. */
function byEnumeration(logProbs: readonly number[][], target: readonly number[], blank: number): number {
  let total = 0;
  const walk = (path: number[], score: number): void => {
    if (path.length === logProbs.length) {
      if (collapse(path, blank) === target.join()) total += Math.exp(score);
      return;
    }
    for (const [label, logProb] of logProbs[path.length].entries()) walk([...path, label], score + logProb);
  };
  walk([], 0);
  return -Math.log(total);
}

test("is what all paths together give", async () => {
  const logProbs = tidy(() => logSoftmax(randn(new Key(0), [5, 3, 4], { dtype: "f64" })));
  const nested = (await logProbs.array()) as number[][][];
  const targets = [
    [1, 2, 9],
    [2, 2, 9],
    [3, 9, 9],
  ];
  const labels = [2, 2, 1];
  const frames = [5, 4, 1];
  const got = await evaluate(() =>
    ctcLoss(logProbs, tensor(targets, { dtype: "i32" }), frames, labels, { blank: 0, reduction: "none" }),
  );
  logProbs.dispose();
  for (const [n, value] of got.entries()) {
    const rows = nested.slice(0, frames[n]).map((frame) => frame[n]);
    expect(value).toBeCloseTo(byEnumeration(rows, targets[n].slice(0, labels[n]), 0), 9);
  }
});

test("an empty target is blanks only", async () => {
  const [loss] = await evaluate(() =>
    ctcLoss(logSoftmax(zeros([3, 1, 2])), tensor([[1]], { dtype: "i32" }), [3], [0], { reduction: "sum" }),
  );
  expect(loss).toBeCloseTo(3 * Math.LN2, 6);
});

test("no alignment: infinite, or 0 on request, with gradients that are numbers", async () => {
  using x = zeros([1, 1, 3]);
  using target = tensor([[1, 2]], { dtype: "i32" });
  const loss = (zeroInfinity: boolean) => ctcLoss(logSoftmax(x), target, [1], [2], { zeroInfinity });
  expect(await evaluate(() => loss(false))).toEqual([Number.POSITIVE_INFINITY]);
  expect(await evaluate(() => loss(true))).toEqual([0]);
  expect(await evaluate(() => vjp(() => [loss(true)], [x], [ones([])]).grads[0])).toEqual([0, 0, 0]);
});

test("gradients", async () => {
  using x = randn(new Key(1), [4, 2, 3], { dtype: "f64" });
  using targets = tensor(
    [
      [1, 1],
      [2, 0],
    ],
    { dtype: "i32" },
  );
  await checkGradients((a) => ctcLoss(logSoftmax(a), targets, [4, 3], [2, 1]), [x]);
});

test("says what is wrong", () => {
  using x = zeros([2, 1, 3]);
  using target = tensor([[1]], { dtype: "i32" });
  expect(() => ctcLoss(x, target, [2, 2], [1])).toThrow(ShapeError);
  expect(() => ctcLoss(x, target, [2], [1], { blank: 3 })).toThrow(ArgumentError);
  using flat = zeros([2, 3]);
  expect(() => ctcLoss(flat, target, [2], [1])).toThrow("needs [T, N, C] and [N, S]");
});
