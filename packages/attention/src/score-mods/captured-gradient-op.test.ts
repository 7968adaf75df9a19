import { type AttentionAttrs, Key, rand, randn, run, type Tensor, tensor } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BackwardInputs } from "../scaled-dot-product/attention-backward-op.ts";
import { type AttentionSpec, attrsOf } from "../scaled-dot-product/attention-spec.ts";
import { captured } from "./captured.ts";
import { capturedGradientOp } from "./captured-gradient-op.ts";
import { type MaskMod, type ScoreMod, traceMods } from "./trace-mods.ts";

guardMemory({ beforeEach, afterEach });

const [B, H, K, E] = [2, 2, 1, 3];

interface Case {
  readonly T: number;
  readonly S: number;
  readonly spec?: Omit<AttentionSpec, "maskMod"> & { readonly maskMod?: MaskMod };
  readonly ranges?: boolean;
}

const draw = (salt: number, shape: readonly number[]): Tensor =>
  randn(new Key(salt), shape, { dtype: "f64" });

/** All indices are in it: of the batch item, the head, rows, places, keys and distances. */
function everything(T: number, S: number): ScoreMod {
  const [table, keys, rows] = [draw(8, [B, H, 2 * (T + S) + 1]), draw(9, [S]), draw(10, [T])].map(captured);
  return (s, { b, h, q, k, i }) =>
    s
      .mul(rows(i))
      .add(table(b, h, q.sub(k).add(T + S)))
      .add(
        keys(k)
          .mul(q)
          .mul(1 / (T + S)),
      );
}

/** From the same inputs, some scores at a time. */
function gradients({ T, S, spec = {}, ranges = false }: Case, scoresAtOnce: number): readonly Tensor[] {
  const traced = traceMods({ ...spec, scoreMod: everything(T, S) });
  const attrs: AttentionAttrs = { ...attrsOf(spec, E), ...(traced ? { mods: traced.mods } : {}) };
  const ofRows = Array.from({ length: B * T }, (_, n) => [n % 3, Math.min(S, 1 + (n % T)), n % T]).flat();
  const inputs: BackwardInputs = [
    draw(0, [B, H, T, E]),
    draw(1, [B, K, S, E]),
    draw(2, [B, K, S, 4]),
    tensor(
      Uint8Array.from({ length: S }, (_, j) => (j % 5 === 3 ? 0 : 1)),
      { shape: [B, 1, 1, S].map((n, d) => (d === 0 ? 1 : n)) },
    ),
    draw(3, [T, S]),
    tensor([0.1, 0.02], { dtype: "f64" }),
    ranges ? tensor(Int32Array.from(ofRows), { shape: [B, T, 3] }) : null,
    rand(new Key(5), [B, H, T], { dtype: "f64", low: 4, high: 5 }),
    draw(6, [B, H, T]),
    draw(7, [B, H, T, 4]),
    null,
    ...(traced?.captured ?? []),
  ];
  return run(capturedGradientOp, inputs, { ...attrs, wanted: [0, 1, 2], scoresAtOnce });
}

const blocks: MaskMod = ({ q, k }) => q.floorDiv(64).eq(k.floorDiv(64));
const far: MaskMod = ({ q, k, h }) => q.sub(k).gt(h.mul(3).add(2));

describe("gradients of captured tensors, some queries at a time", () => {
  test.each<[string, Case]>([
    ["everything seen", { T: 7, S: 9 }],
    ["causal", { T: 9, S: 9, spec: { causal: true } }],
    ["causal, more keys", { T: 5, S: 9, spec: { causal: true, softcap: 2 } }],
    ["causal, more queries: some see nothing", { T: 9, S: 5, spec: { causal: true } }],
    ["window", { T: 12, S: 14, spec: { window: { left: 2, right: 1 } } }],
    ["one-sided windows", { T: 9, S: 9, spec: { window: { right: 0 } } }],
    ["causal window, more queries", { T: 12, S: 8, spec: { causal: true, window: 3 } }],
    ["sequences", { T: 8, S: 9, ranges: true }],
    ["blocks", { T: 70, S: 130, spec: { maskMod: blocks } }],
    ["a mask by heads", { T: 9, S: 9, spec: { maskMod: far } }],
    ["dropout", { T: 8, S: 9, spec: { causal: true, dropout: { p: 0.4, key: new Key(3) } } }],
    [
      "dropout in a window",
      { T: 9, S: 9, spec: { causal: true, window: 3, dropout: { p: 0.4, key: new Key(3) } } },
    ],
    ["no query", { T: 0, S: 3 }],
    ["no key", { T: 3, S: 0 }],
    ["one of each", { T: 1, S: 1, spec: { causal: true } }],
  ])("are those of all at once: %s", async (_, example) => {
    const whole = await evaluateAll(() => gradients(example, 1e9));
    for (const queries of [1, 4]) {
      const pieces = await evaluateAll(() => gradients(example, queries * B * H * Math.max(1, example.S)));
      for (const [n, values] of whole.entries()) {
        expect(pieces[n].length).toBe(values.length);
        for (const [i, value] of values.entries()) {
          const size = 1 + Math.abs(value);
          expect(pieces[n][i] / size).toBeCloseTo(value / size, 10);
        }
      }
    }
    const { T, S } = example;
    expect(whole.flat().some((x) => x !== 0)).toBe(T * S > 0);
  });
});
