import { type AttentionBackwardAttrs, Key, rand, randn, run, type Tensor, tensor } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scoreDerivative } from "../score-mods/differentiate.ts";
import { type MaskMod, type ScoreMod, traceMods } from "../score-mods/trace-mods.ts";
import { attentionBackwardOp, type BackwardInputs } from "./attention-backward-op.ts";
import { type AttentionSpec, attrsOf } from "./attention-spec.ts";
import { attentionBackward } from "./backward-in-rows.ts";

guardMemory({ beforeEach, afterEach });

const [B, H, K, E] = [2, 2, 1, 3];

interface Case {
  readonly T: number;
  readonly S: number;
  readonly bias: readonly number[];
  readonly spec?: Omit<AttentionSpec, "maskMod"> & { readonly maskMod?: MaskMod };
  readonly ranges?: boolean;
}

function inputsOf({ T, S, bias, spec = {}, ranges = false }: Case): [BackwardInputs, AttentionBackwardAttrs] {
  const random = (salt: number, shape: readonly number[]): Tensor =>
    randn(new Key(salt), shape, { dtype: "f64" });
  const ofRows = Array.from({ length: B * T }, (_, n) => [0, Math.min(S, 1 + (n % T)), n % T]).flat();
  const traced = traceMods(spec);
  const { mods = null } = traced ?? {};
  const score = mods?.score ? scoreDerivative(mods.score) : null;
  const attrs = { ...attrsOf(spec, E), biasGradient: true, slopesGradient: true };
  const inputs = [
    random(0, [B, H, T, E]),
    random(1, [B, K, S, E]),
    random(2, [B, K, S, 4]),
    tensor(
      Uint8Array.from({ length: T }, (_, i) => (i % 5 === 3 ? 0 : 1)),
      { shape: [T, 1] },
    ),
    random(3, bias),
    tensor([0.1, 0.02], { dtype: "f64" }),
    ranges ? tensor(Int32Array.from(ofRows), { shape: [B, T, 3] }) : null,
    rand(new Key(5), [B, H, T], { dtype: "f64", low: 4, high: 5 }),
    random(6, [B, H, T]),
    random(7, [B, H, T, 4]),
    ...(mods ? [null, ...(traced?.captured ?? [])] : []),
  ] as const;
  return [inputs, mods ? { ...attrs, mods: { ...mods, score } } : attrs];
}

const places: ScoreMod = (s, { q, k, h }) => s.add(q.sub(k).mul(h.add(1)).mul(0.1));
const dilated: MaskMod = ({ q, k }) => q.sub(k).remainder(3).ne(0);
const rows: ScoreMod = (s, { i }) => s.add(i.mul(0.01));

describe("backward in rows", () => {
  test.each<[string, Case]>([
    ["shared by queries", { T: 70, S: 9, bias: [1, H, 1, 9] }],
    ["shared by keys", { T: 130, S: 5, bias: [B, 1, 130, 1] }],
    ["shared by all", { T: 129, S: 3, bias: [] }],
    ["of the keys alone", { T: 64, S: 6, bias: [6] }],
    ["causal, fewer keys than queries", { T: 140, S: 90, bias: [90], spec: { causal: true } }],
    ["window", { T: 100, S: 120, bias: [H, 1, 1], spec: { window: { left: 5, right: 2 }, softcap: 2 } }],
    ["sequences", { T: 75, S: 80, bias: [1, 1], ranges: true }],
    ["functions", { T: 80, S: 70, bias: [70], spec: { causal: true, scoreMod: places, maskMod: dilated } }],
    ["rows are known", { T: 66, S: 4, bias: [4], spec: { scoreMod: rows } }],
    ["dropout", { T: 66, S: 4, bias: [4], spec: { dropout: { p: 0.5, key: new Key(9) } } }],
    [
      "dropout, sequences, rows are known",
      {
        T: 75,
        S: 7,
        bias: [1, 1],
        ranges: true,
        spec: { scoreMod: rows, dropout: { p: 0.3, key: new Key(8) } },
      },
    ],
    ["not shared", { T: 66, S: 4, bias: [66, 4] }],
  ])("is the backward pass: %s", async (_, example) => {
    const [whole, pieces] = await Promise.all(
      [
        (inputs: BackwardInputs, attrs: AttentionBackwardAttrs) => run(attentionBackwardOp, inputs, attrs),
        (inputs: BackwardInputs, attrs: AttentionBackwardAttrs) => attentionBackward(inputs, attrs, 10),
      ].map((backward) =>
        evaluateAll(() => {
          const [dq, dk, dv, dBias, dSlopes] = backward(...inputsOf(example));
          return [dq, dk, dv, dSlopes, sumTo(dBias, example.bias)];
        }),
      ),
    );
    expect(pieces.length).toBe(whole.length);
    for (const [n, values] of whole.entries()) {
      expect(pieces[n].length).toBe(values.length);
      for (const [i, value] of [...values].entries()) expect(pieces[n][i]).toBeCloseTo(value, 10);
    }
  });
});

/** Summed to a shape that was broadcast. */
function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  const axes = [0, 1, 2, 3].filter((axis) => (shape[axis - 4 + shape.length] ?? 1) === 1);
  return axes.length > 0 ? x.sum(axes, { keepDims: true }) : x;
}
