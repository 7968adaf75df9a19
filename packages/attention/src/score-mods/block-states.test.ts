import { type ScoreProgram, tensor, tidy } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluate, guardMemory, randomMaskProgram, runScoreProgram } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blockStates, type MaskSizes } from "./block-states.ts";
import { capturedBlockStates } from "./captured-block-states.ts";
import { type MaskMod, traceMods } from "./trace-mods.ts";

guardMemory({ beforeEach, afterEach });

const backend = createReferenceBackend();

function programOf(maskMod: MaskMod): ScoreProgram {
  const program = traceMods({ maskMod })?.mods.mask;
  if (!program) throw new Error("no program");
  return program;
}

const sizesOf = (T: number, S: number): MaskSizes => ({ B: 2, H: 2, T, S });

/** By asking for every pair; `[2, 2, rows, columns]`. */
function asked(program: ScoreProgram, { B, H, T, S }: MaskSizes, ranges: Int32Array | null = null): number[] {
  const states: number[] = [];
  const [rows, columns] = [Math.ceil(T / 64), Math.ceil(S / 64)];
  for (let at = 0; at < B * H * rows * columns; at++) {
    const [batch, head] = [Math.floor(at / (H * rows * columns)), Math.floor(at / (rows * columns)) % H];
    const [row, column] = [Math.floor(at / columns) % rows, at % columns];
    const seen = new Set<boolean>();
    for (let query = row * 64; query < Math.min(T, row * 64 + 64); query++) {
      for (let key = column * 64; key < Math.min(S, column * 64 + 64); key++) {
        const place = ranges ? ranges[(batch * T + query) * 3 + 2] : query + S - T;
        const [visible] = runScoreProgram(program, { score: 0, batch, head, query, key, place }, []);
        seen.add(visible !== 0);
      }
    }
    states.push(seen.size === 2 ? 1 : seen.has(true) ? 2 : 0);
  }
  return states;
}

/** What was found, for each batch item and head. */
function spread({ states, shape }: ReturnType<typeof blockStates>, { B, H }: MaskSizes): number[] {
  const [items, heads, rows, columns] = shape;
  return Array.from({ length: B * H }, (_, n) => {
    const [b, h] = [items === 1 ? 0 : Math.floor(n / H), heads === 1 ? 0 : n % H];
    const start = (b * heads + h) * rows * columns;
    return [...states.slice(start, start + rows * columns)];
  }).flat();
}

describe("by intervals", () => {
  test.each<[string, MaskMod]>([
    ["causal", ({ q, k }) => q.ge(k)],
    ["window", ({ q, k }) => q.sub(k).abs().le(70)],
    ["causal window", ({ q, k }) => q.ge(k).logicalAnd(q.sub(k).lt(100))],
    ["prefix", ({ q, k }) => k.le(q).logicalOr(k.lt(65))],
    [
      "global tokens beside a window",
      ({ i, q, k }) => q.sub(k).abs().le(8).logicalOr(k.lt(1)).logicalOr(i.lt(2)),
    ],
    ["dilated", ({ q, k }) => q.sub(k).remainder(5).eq(0)],
    ["chunks", ({ q, k }) => q.floorDiv(48).eq(k.floorDiv(48))],
    ["large chunks", ({ q, k }) => q.floorDiv(128).eq(k.floorDiv(128))],
    [
      "by head and item",
      ({ b, h, q, k }) =>
        k
          .sub(q)
          .le(h.mul(64))
          .logicalAnd(k.ge(b.mul(100))),
    ],
    ["nothing", ({ k }) => k.lt(0)],
    ["everything", ({ k }) => k.ge(0)],
    ["one pair", ({ i, k }) => i.eq(63).logicalAnd(k.eq(64))],
    ["all but one pair", ({ i, k }) => i.ne(100).logicalOr(k.ne(3))],
    ["whole numbers by halves", ({ q, k }) => q.mul(0.5).floor().eq(k.mul(0.5).floor())],
  ])("%s: as exact as asking for every pair", (_, maskMod) => {
    const program = programOf(maskMod);
    for (const sizes of [sizesOf(140, 140), sizesOf(1, 300), sizesOf(70, 20)]) {
      expect(spread(blockStates(program, sizes, null), sizes)).toEqual(asked(program, sizes));
    }
  });

  test("places of sequences", () => {
    const program = programOf(({ q, k }) => q.sub(k).abs().le(3));
    const sizes = sizesOf(130, 130);
    const ranges = Int32Array.from(
      { length: 2 * 130 * 3 },
      (_, n) => (Math.floor(n / 3) % 130) - (n < 390 ? 0 : 60),
    );
    expect(spread(blockStates(program, sizes, ranges), sizes)).toEqual(asked(program, sizes, ranges));
  });

  test("random functions: never more than is known, and mostly all of it", () => {
    let [right, all] = [0, 0];
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const program = randomMaskProgram(seed);
        const sizes = sizesOf(66, 70);
        const found = spread(blockStates(program, sizes, null), sizes);
        for (const [i, state] of asked(program, sizes).entries()) {
          all++;
          if (found[i] === state) right++;
          else expect(found[i]).toBe(1);
        }
      }),
      { numRuns: 15 },
    );
    expect(right / all).toBeGreaterThan(0.8);
  });

  test("numbers near a bound are left to the function", () => {
    const program = programOf(({ q, k }) => q.sub(k).mul(0.1).le(0.3));
    const sizes = { B: 1, H: 1, T: 1, S: 4 };
    expect([...blockStates(program, sizes, null).states]).toEqual([1]);
    const tail = programOf(({ k }) => k.mul(0).sub(1).sqrt().ge(0)); // NaN
    expect([...blockStates(tail, sizes, null).states]).toEqual([1]);
  });

  test("nothing to attend", () => {
    const program = programOf(({ q, k }) => q.ge(k));
    expect(blockStates(program, sizesOf(0, 5), null).states.length).toBe(0);
    expect(blockStates(program, sizesOf(5, 0), null).shape).toEqual([1, 1, 1, 0]);
  });
});

describe("by asking the backend", () => {
  test("the same", async () => {
    for (const [T, S] of [
      [70, 130],
      [1, 65],
      [64, 64],
    ]) {
      // biome-ignore format: pairs
      const program = randomMaskProgram(5);
      const sizes = sizesOf(T, S);
      const states = await evaluate(() =>
        tidy(() =>
          capturedBlockStates(program, [], sizes, null, backend).expand([2, 2, -1, -1]).reshape([-1]),
        ),
      );
      expect(states).toEqual(asked(program, sizes));
    }
  });

  test("places of sequences", async () => {
    const program = programOf(({ q, k }) => q.sub(k).abs().le(3));
    const sizes = sizesOf(130, 130);
    const data = Int32Array.from(
      { length: 2 * 130 * 3 },
      (_, n) => (Math.floor(n / 3) % 130) - (n < 390 ? 0 : 60),
    );
    const states = await evaluate(() => {
      const ranges = tensor(data, { shape: [2, 130, 3], backend });
      return capturedBlockStates(program, [], sizes, ranges, backend).expand([2, 2, -1, -1]).reshape([-1]);
    });
    expect(states).toEqual(asked(program, sizes, data));
  });
});
