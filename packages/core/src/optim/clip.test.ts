import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ArgumentError, type DType, tensor, tidy, zeros } from "../index.ts";
import { evaluate, evaluateAll, guardMemory } from "../testing/index.ts";
import { clipGradNorm, clipGradValue, clipScale, gradNorm } from "./index.ts";

guardMemory({ beforeEach, afterEach });

interface Case {
  readonly name: string;
  readonly config: {
    readonly max_norm: number;
    readonly norm_type: number | "inf";
    readonly clip_value?: number;
  };
  readonly atol: number;
  readonly rtol: number;
  readonly grads: number[][];
  readonly clipped: number[][];
  readonly norm?: number;
}

const { cases } = JSON.parse(readFileSync(new URL("./fixtures/clip.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

describe.each(["f32", "f64"] as const)("as PyTorch clips, %s", (dtype: DType) => {
  test.each(cases)("$name", async ({ config, grads, clipped, norm, atol, rtol }) => {
    const got = await evaluateAll(() => {
      const inputs = grads.map((g) => tensor(g, { dtype }));
      if (config.clip_value !== undefined) return clipGradValue(inputs, config.clip_value);
      const normType = config.norm_type === "inf" ? Number.POSITIVE_INFINITY : config.norm_type;
      const result = clipGradNorm(inputs, config.max_norm, { normType });
      return [...result.grads, result.norm];
    });
    const wanted = norm === undefined ? clipped : [...clipped, [norm]];
    expect(got.length).toBe(wanted.length);
    wanted.forEach((values, i) => {
      values.flat().forEach((value, j) => {
        expect(Math.abs(got[i][j] - value)).toBeLessThanOrEqual(atol + rtol * Math.abs(value));
      });
    });
  });
});

test("a norm of NaN or infinity shows in the gradients", async () => {
  expect(await evaluateAll(() => clipGradNorm([tensor([Number.NaN, 1])], 1).grads)).toEqual([
    [Number.NaN, Number.NaN],
  ]);
  expect(await evaluateAll(() => clipGradNorm([tensor([Number.POSITIVE_INFINITY, 1])], 1).grads)).toEqual([
    [Number.NaN, 0],
  ]);
});

test("empty gradients count for nothing", async () => {
  expect(
    await evaluate(() => gradNorm([zeros([0, 3]), tensor([3, 4])], { normType: Number.POSITIVE_INFINITY })),
  ).toEqual([4]);
  expect(await evaluate(() => gradNorm([zeros([0])]))).toEqual([0]);
});

test("errors", () => {
  tidy(() => {
    const grads = [tensor([1])];
    expect(() => gradNorm([])).toThrow(new ArgumentError("gradNorm: there are no gradients"));
    expect(() => gradNorm(grads, { normType: 0 })).toThrow("normType must be above 0 (got 0)");
    expect(() => clipGradNorm(grads, -1)).toThrow(ArgumentError);
    expect(() => clipScale(tensor(1), Number.NaN)).toThrow(ArgumentError);
    expect(() => clipGradValue(grads, -1)).toThrow(ArgumentError);
  });
});
