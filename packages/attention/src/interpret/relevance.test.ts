import { Key, ones, randn, softmax, type Tensor, tensor, tidy } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RelevanceLayer, relevance } from "./relevance.ts";
import { rollout } from "./rollout.ts";

guardMemory({ beforeEach, afterEach });

type Matrix = number[][];
type Map = RelevanceLayer["map"];

const key = new Key(7);
const [B, H, T, S] = [2, 3, 4, 5];

function mapOf(seed: number, t: number, s: number): Map {
  const own = key.fold(seed);
  return tidy(() => ({
    weights: softmax(randn(own.fold(0), [B, H, t, s], { dtype: "f64" })),
    gradient: randn(own.fold(1), [B, H, t, s], { dtype: "f64" }),
  }));
}

const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_each, j) => (i === j ? 1 : 0)));
const zero = (n: number, m: number): Matrix => Array.from({ length: n }, () => new Array<number>(m).fill(0));
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((total, x, k) => total + x * b[k][j], 0)));
const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + b[i][j]));
const turned = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));
/** Equations 8 and 9. */
const bar = (r: Matrix): Matrix =>
  r.map((row, i) => {
    const mixed = row.map((x, j) => x - (i === j ? 1 : 0));
    const total = mixed.reduce((x, y) => x + y, 0);
    return mixed.map((x, j) => (total === 0 ? 0 : x / total) + (i === j ? 1 : 0));
  });

/** Equation 5, of one batch item. */
function positive(
  weights: readonly number[],
  gradient: readonly number[],
  b: number,
  t: number,
  s: number,
): Matrix {
  return Array.from({ length: t }, (_, i) =>
    Array.from({ length: s }, (_each, j) => {
      let total = 0;
      for (let h = 0; h < H; h++) {
        const at = ((b * H + h) * t + i) * s + j;
        total += Math.max(0, weights[at] * gradient[at]) / H;
      }
      return total;
    }),
  );
}

async function positives(maps: readonly Map[], sizes: readonly [number, number][]): Promise<Matrix[][]> {
  const numbers = await evaluateAll(() => maps.flatMap(({ weights, gradient }) => [weights, gradient]));
  return Array.from({ length: B }, (_, b) =>
    sizes.map(([t, s], n) => positive(numbers[2 * n], numbers[2 * n + 1], b, t, s)),
  );
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 11);
}

const free = (maps: readonly Map[]): void => {
  for (const { weights, gradient } of maps) for (const x of [weights, gradient]) x.dispose();
};

describe("relevance", () => {
  test("of self-attention: R += A R, layer by layer; the product of I + A", async () => {
    const maps = [0, 1, 2].map((seed) => mapOf(seed, T, T));
    const [actual] = await evaluateAll(() => [relevance(maps.map((map) => ({ map, of: "text" }))).text.text]);
    const own = await positives(maps, [
      [T, T],
      [T, T],
      [T, T],
    ]);
    const expected = own.map((layers) =>
      layers.reduce((r, a) => times(plus(identity(T), a), r), identity(T)),
    );
    expectClose(actual, expected.flat(2));
    free(maps);
  });

  test("of an encoder and a decoder", async () => {
    const maps = [
      mapOf(0, S, S),
      mapOf(1, S, S),
      mapOf(2, T, T),
      mapOf(3, T, S),
      mapOf(4, T, T),
      mapOf(5, T, S),
    ];
    const [e0, e1, s0, c0, s1, c1] = maps;
    const target = { of: "target" };
    const [own, across, source] = await evaluateAll(() => {
      const found = relevance([
        { map: e0, of: "source" },
        { map: e1, of: "source", to: "source" },
        { map: s0, ...target },
        { map: c0, ...target, to: "source" },
        { map: s1, ...target },
        { map: c1, ...target, to: "source" },
      ]);
      expect(Object.keys(found)).toEqual(["source", "target"]);
      expect(Object.keys(found.source)).toEqual(["source"]);
      return [found.target.target, found.target.source, found.source.source];
    });
    const layers = await positives(maps, [
      [S, S],
      [S, S],
      [T, T],
      [T, S],
      [T, T],
      [T, S],
    ]);
    const expected = layers.map(([a0, a1, a2, a3, a4, a5]) => {
      const ss = times(plus(identity(S), a1), plus(identity(S), a0));
      let [tt, ts] = [plus(identity(T), a2), zero(T, S)];
      ts = plus(ts, times(turned(bar(tt)), times(a3, bar(ss))));
      [tt, ts] = [plus(tt, times(a4, tt)), plus(ts, times(a4, ts))];
      ts = plus(ts, times(turned(bar(tt)), times(a5, bar(ss))));
      return { tt, ts, ss };
    });
    expectClose(
      own,
      expected.flatMap(({ tt }) => tt.flat()),
    );
    expectClose(
      across,
      expected.flatMap(({ ts }) => ts.flat()),
    );
    expectClose(
      source,
      expected.flatMap(({ ss }) => ss.flat()),
    );
    free(maps);
  });

  test("of co-attention: both at once from what was before, then what comes back", async () => {
    const maps = [mapOf(0, T, T), mapOf(1, S, S), mapOf(2, T, S), mapOf(3, S, T), mapOf(4, T, S)];
    const [t0, i0, ti, it, more] = maps;
    const found = await evaluateAll(() => {
      const r = relevance([
        { map: t0, of: "text" },
        { map: i0, of: "image" },
        [
          { map: ti, of: "text", to: "image" },
          { map: it, of: "image", to: "text" },
        ],
        { map: more, of: "text", to: "image" },
      ]);
      return [r.text.text, r.text.image, r.image.text, r.image.image];
    });
    const layers = await positives(maps, [
      [T, T],
      [S, S],
      [T, S],
      [S, T],
      [T, S],
    ]);
    const expected = layers.map(([a0, a1, a2, a3, a4]) => {
      const [tt, ii] = [plus(identity(T), a0), plus(identity(S), a1)];
      const first = times(turned(bar(tt)), times(a2, bar(ii)));
      const it = times(turned(bar(ii)), times(a3, bar(tt)));
      return {
        ti: plus(first, times(turned(bar(tt)), times(a4, bar(ii)))),
        it,
        tt: plus(tt, times(a4, it)),
        ii,
      };
    });
    const all = [
      expected.map((e) => e.tt),
      expected.map((e) => e.ti),
      expected.map((e) => e.it),
      expected.map((e) => e.ii),
    ];
    for (const [n, part] of all.entries()) expectClose(found[n], part.flat(2));
    free(maps);
  });

  test("with weights for gradients it orders tokens as rollout's sums do; without gradients, tokens are their own", async () => {
    const weights = tidy(() => softmax(randn(key, [1, 1, T, T], { dtype: "f64" })));
    const gradient = ones([1, 1, T, T], { dtype: "f64" });
    const nothing = gradient.mul(0);
    const [plain, rolled, own] = await evaluateAll(() => {
      const one = relevance([{ map: { weights, gradient }, of: "x" }]).x.x;
      const none = relevance([
        { map: { weights, gradient: nothing }, of: "x" },
        { map: { weights, gradient: nothing }, of: "y", to: "x" },
      ]);
      return [one.div(2), rollout([weights]), none.y.x.abs().amax().add(none.x.x.sum())];
    });
    expectClose(plain, rolled);
    expect(own).toEqual([T]);
    for (const x of [weights, gradient, nothing]) x.dispose();
  });

  test("refuses maps that do not fit, and leaves nothing", () => {
    const x = (...shape: number[]): Tensor =>
      tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });
    const [square, wide, other] = [x(1, 2, 3, 3), x(1, 2, 3, 4), x(1, 2, 5, 5)];
    const map = (weights: Tensor, gradient = weights): Map => ({ weights, gradient });
    expect(() => relevance([])).toThrow("relevance: needs one layer at least");
    expect(() => relevance([{ map: map(square, wide), of: "a" }])).toThrow(
      'relevance: weights and gradient of "a" must be [B, H, T, S], alike',
    );
    expect(() => relevance([{ map: map(wide), of: "a" }])).toThrow(
      'self-attention of "a" must be square (got 3 x 4)',
    );
    expect(() =>
      relevance([
        { map: map(square), of: "a" },
        { map: map(other), of: "a" },
      ]),
    ).toThrow('relevance: "a" is [1, 3], batch and length');
    for (const it of [square, wide, other]) it.dispose();
  });
});
