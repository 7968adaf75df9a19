import { ArgumentError, DTypeError, ones, ShapeError, type Tensor, tensor, tidy, zeros } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { captured } from "./captured.ts";
import { type ScoreValue, whereScore } from "./score-value.ts";
import { type MaskMod, type ScoreMod, traceMods } from "./trace-mods.ts";

guardMemory({ beforeEach, afterEach });

describe("programs", () => {
  test("of what a function does, constants folded, what is equal once, what is not used left out", () => {
    const scoreMod: ScoreMod = (s, { b, q, k }) => {
      b.mul(2);
      const distance = q.sub(k);
      return s.add(distance.mul(distance)).add(q.sub(k).mul(1));
    };
    expect(traceMods({ scoreMod })?.mods.score?.key).toBe(
      "score;place;key;sub 1 2;mul 3 3;add 0 4;add 5 3|6",
    );
  });

  test("of every index", () => {
    const maskMod: MaskMod = ({ b, h, i, k, q }) => b.add(h).add(i).add(k).add(q).gt(0);
    expect(traceMods({ maskMod })?.mods.mask?.steps.slice(0, 2)).toEqual([{ op: "batch" }, { op: "head" }]);
  });

  test("read each tensor by one number, in both functions", () => {
    tidy(() => {
      const [first, second] = [zeros([2]), zeros([])];
      const traced = traceMods({
        scoreMod: (s, { h }) => s.add(captured(second)()).add(captured(first)(h)),
        maskMod: ({ h }) => captured(first)(h).ge(captured(second)()),
      });
      expect(traced?.captured.map(({ id }) => id)).toEqual([first.id, second.id]);
      expect(traced?.mods.mask?.key).toBe("head;load 0(0);load 1();ge 1 2|3");
    });
  });

  test("are traced anew at each call: what a function closes over counts", () => {
    let window = 2;
    const maskMod: MaskMod = ({ q, k }) => q.sub(k).lt(window);
    const keyOf = (): string | undefined => traceMods({ maskMod })?.mods.mask?.key;
    const before = keyOf();
    expect(keyOf()).toBe(before);
    window = 3;
    expect(keyOf()).not.toBe(before);
  });
});

describe("what is no function of scores is refused", () => {
  const run = (spec: object): void =>
    tidy(() => {
      const x = ones([1, 2, 3, 4]);
      attention(x, x, x, spec);
    });
  let kept: ScoreValue | null = null;

  test.each<[string, unknown, string]>([
    [
      "no value",
      () => undefined,
      "attention: scoreMod must return a value made of what it gets (got undefined)",
    ],
    ["a number", () => 3, "attention: scoreMod must return a value made of what it gets (got 3)"],
    [
      "a value of an earlier call",
      (s: ScoreValue) => {
        const before = kept ?? s;
        kept = s;
        return before;
      },
      "",
    ],
    [
      "operators of JavaScript",
      (s: ScoreValue, { q, k }: { q: number; k: number }) => (q > k ? s : s.neg()),
      "attention: scoreMod computes with methods, as in q.sub(k).lt(4), and chooses by whereScore: a value has no number that JavaScript's operators could use",
    ],
    [
      "an if",
      (s: ScoreValue, { q, k }: { q: ScoreValue; k: ScoreValue }) => (q.gt(k) ? s : s.neg()),
      "attention: scoreMod does not use the outcome of gt: JavaScript's if and ?: do not see values of pairs; use whereScore",
    ],
    [
      "an index that is none",
      (s: ScoreValue, { kvIdx }: { kvIdx: ScoreValue }) => s.add(kvIdx),
      "attention: scoreMod has the indices b, h, q, k, i (not kvIdx)",
    ],
    [
      "another operand",
      (s: ScoreValue) => s.add("1" as unknown as number),
      "attention: scoreMod computes with its own values and numbers (got 1); tensors are read by captured(tensor)(index)",
    ],
    [
      "no condition",
      (s: ScoreValue) => whereScore(true as unknown as ScoreValue, s, 0),
      "whereScore: the condition must be a value of a function of scores (got true)",
    ],
    ["no function", 3, "attention: scoreMod must be a function (got 3)"],
  ])("%s", (_, scoreMod, message) => {
    if (message === "") {
      run({ scoreMod });
      expect(() => run({ scoreMod })).toThrow(ArgumentError);
    } else expect(() => run({ scoreMod })).toThrow(new ArgumentError(message));
  });

  test("values of another function", () => {
    let leaked: ScoreValue | undefined;
    const maskMod: MaskMod = ({ k }) => {
      leaked = k;
      return k.ge(0);
    };
    expect(() => run({ scoreMod: ((s) => s.add(leaked as ScoreValue)) as ScoreMod, maskMod })).toThrow(
      new ArgumentError(
        "attention: scoreMod used a value of another call; what a function gets is of use only within it",
      ),
    );
  });

  test("tensors: as operands, of a wrong dtype, with too few indices, outside of a function", () => {
    tidy(() => {
      const x = zeros([2, 3]);
      expect(() => run({ scoreMod: (s: ScoreValue) => s.add(x as unknown as number) })).toThrow(
        `attention: scoreMod computes with its own values and numbers (got ${x.describe()}); tensors are read by captured(tensor)(index)`,
      );
      expect(() => captured(zeros([2], { dtype: "u8" }))).toThrow(DTypeError);
      expect(() => run({ scoreMod: ((s, { h }) => s.add(captured(x)(h))) as ScoreMod })).toThrow(
        new ShapeError(`captured: ${x.describe()} is read by 2 indices (got 1 in scoreMod)`),
      );
      expect(() => captured(x)(0, 0)).toThrow(
        new ArgumentError("captured: what it gives is for functions of scores, scoreMod and maskMod"),
      );
      const wide: Tensor = tensor([1], { dtype: "f64" });
      expect(() => run({ scoreMod: ((s, { h }) => s.add(captured(wide)(h))) as ScoreMod })).toThrow(
        new DTypeError(
          `attention: what functions of scores read is f16, f32, i32 or of the dtype of q, f32 (got ${wide.describe()})`,
        ),
      );
    });
  });
});
