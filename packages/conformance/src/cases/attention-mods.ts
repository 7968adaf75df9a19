import {
  captured,
  type MaskMod,
  type ScoreMod,
  type ScoreValue,
  traceMods,
  whereScore,
} from "@saccade/attention";
import { type ScoreProgram, tidy, zeros } from "@saccade/core";
import { randomMaskProgram, randomScoreProgram } from "@saccade/core/testing";
import type { AttentionCall } from "./attention-calls.ts";
import { packed, padded } from "./attention-ranges.ts";
import type { InputSpec } from "./case.ts";
import { f32, i32, list } from "./specs.ts";

/** Functions of scores, as kernels get them. */
export interface CaseMods {
  readonly score: ScoreProgram | null;
  readonly mask: ScoreProgram | null;
  /** What they read. Numbers that a mask reads are listed: blocks are found from them. */
  readonly captured?: readonly InputSpec[];
  /** Blocks that leave everything to the function, for all heads and batch items; else as much is known as can be. */
  readonly vague?: true;
}

interface Functions {
  readonly scoreMod?: ScoreMod;
  readonly maskMod?: MaskMod;
}

type Read = (...indices: readonly (ScoreValue | number)[]) => ScoreValue;

/** Functions that read tensors of these shapes. */
function functions(
  make: (...reads: readonly Read[]) => Functions,
  captures: readonly InputSpec[] = [],
): CaseMods {
  return tidy(() => {
    const traced = traceMods(make(...captures.map(({ shape }) => captured(zeros(shape)))));
    if (traced === null) throw new Error("conformance: neither scoreMod nor maskMod");
    return { ...traced.mods, captured: captures };
  });
}

const numbers = (count: number, of: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => of(i));
const slopes = f32([2], list(0.5, 0.0625));
const table = f32([2, 9], list(...numbers(18, (i) => Math.sin(i * 2.1))));
/** Which document a token is of; the lengths are odd. */
const documents = (length: number): InputSpec =>
  i32([length], list(...numbers(length, (i) => Math.floor((i + 7) / 23))));

const relative: ScoreMod = (s, { h, q, k }) => s.sub(q.sub(k).abs().mul(h.add(1).mul(0.125)));
const softcapped: ScoreMod = (s) => s.div(3).tanh().mul(3);
const causal: MaskMod = ({ q, k }) => k.le(q);
const near =
  (window: number): MaskMod =>
  ({ q, k }) =>
    q.sub(k).abs().le(window);

/** Named functions, as FlexAttention's examples have them. */
const named: readonly AttentionCall[] = [
  { name: "scoreMod relative", T: 17, S: 19, mods: functions(() => ({ scoreMod: relative })) },
  {
    name: "scoreMod relative, causal, grouped",
    H: 4,
    K: 2,
    T: 70,
    E: 8,
    attrs: { causal: true },
    mods: functions(() => ({ scoreMod: relative })),
  },
  {
    name: "scoreMod relative, decoding",
    T: 1,
    S: 301,
    E: 64,
    attrs: { causal: true },
    mods: functions(() => ({ scoreMod: (s, { q, k }) => s.sub(q.sub(k).mul(0.01)) })),
  },
  {
    name: "scoreMod softcap behind bias, alibi and the fused cap",
    T: 33,
    biasBroadcast: [0],
    slopes: [0.1, 0.3],
    attrs: { softcap: 6 },
    mods: functions(() => ({ scoreMod: softcapped })),
  },
  {
    name: "scoreMod slopes by head",
    T: 65,
    attrs: { causal: true },
    mods: functions((slope) => ({ scoreMod: (s, { h, q, k }) => s.add(slope(h).mul(k.sub(q))) }), [slopes]),
  },
  {
    name: "scoreMod table of distances",
    T: 20,
    S: 27,
    mods: functions(
      (at) => ({ scoreMod: (s, { h, q, k }) => s.add(at(h, k.sub(q).maximum(-4).minimum(4).add(4))) }),
      [table],
    ),
  },
  {
    name: "scoreMod by row, key and batch item, strided table",
    B: 2,
    T: 7,
    S: 9,
    mods: functions(
      (at) => ({ scoreMod: (s, { b, i, k }) => s.mul(at(i, k).sigmoid()).add(b.mul(0.3)) }),
      [{ ...f32([7, 9]), layout: { order: [1, 0], steps: [2, 1], offset: 3 } }],
    ),
  },
  {
    name: "scoreMod by row of a part, dropout",
    T: 9,
    S: 12,
    attrs: { dropout: 0.3, key: [9, 1], queries: { first: 30, of: 70 } },
    mods: functions(() => ({ scoreMod: (s, { i }) => s.mul(i.mul(0.02)) })),
  },
  {
    name: "scoreMod that masks by -infinity",
    T: 21,
    mods: functions(() => ({ scoreMod: (s, { q, k }) => whereScore(k.le(q), s, -Infinity) })),
  },
  {
    name: "scoreMod that forgets the score",
    T: 9,
    mods: functions(() => ({ scoreMod: (_, { k }) => k.mul(0.1) })),
  },
  { name: "maskMod causal", T: 130, S: 150, E: 8, B: 1, mods: functions(() => ({ maskMod: causal })) },
  { name: "maskMod window", T: 200, E: 8, B: 1, mods: functions(() => ({ maskMod: near(20) })) },
  { name: "maskMod window, decoding", T: 1, S: 301, mods: functions(() => ({ maskMod: near(20) })) },
  {
    name: "maskMod window, vague blocks, dropout, sinks",
    T: 70,
    E: 8,
    sinks: [0.5, -1],
    attrs: { dropout: 0.2, key: [3, 4] },
    mods: { ...functions(() => ({ maskMod: near(20) })), vague: true },
  },
  {
    name: "maskMod by head",
    T: 140,
    S: 70,
    E: 4,
    mods: functions(() => ({ maskMod: ({ h, i, k }) => k.remainder(h.add(2)).eq(0).logicalOr(i.lt(k)) })),
  },
  {
    name: "maskMod prefix, some rows see nothing",
    T: 80,
    S: 75,
    E: 4,
    mods: functions(() => ({ maskMod: ({ q, k }) => k.le(q).logicalAnd(q.remainder(3).ne(0)) })),
  },
  { name: "maskMod sees nothing", T: 9, S: 11, mods: functions(() => ({ maskMod: ({ k }) => k.lt(0) })) },
  {
    name: "maskMod documents, scoreMod relative",
    B: 1,
    T: 150,
    E: 8,
    mods: functions(
      (document) => ({ scoreMod: relative, maskMod: ({ q, k }) => document(q).eq(document(k)) }),
      [documents(150)],
    ),
  },
];

const sequences: readonly AttentionCall[] = [
  {
    name: "scoreMod and maskMod, padding",
    T: 17,
    S: 19,
    sequences: padded([
      [17, 19],
      [5, 9],
    ]),
    mods: functions(() => ({ scoreMod: relative, maskMod: near(4) })),
  },
  {
    name: "scoreMod and maskMod, packed, causal",
    B: 1,
    T: 90,
    E: 8,
    attrs: { causal: true },
    sequences: packed([30, 30], [1, 1], [59, 59]),
    mods: functions(() => ({ scoreMod: relative, maskMod: near(12) })),
  },
];

/** A random function of scores, and every other time one of masks. */
function random(seed: number): AttentionCall {
  const captures = [f32([3]), f32([2, 5]), i32([7], list(0, 2, 1, 0, 1, 3, 1))];
  const maskReads = randomMaskProgram(seed, { captured: [[7]] });
  const mask: ScoreProgram = {
    ...maskReads,
    steps: maskReads.steps.map((step) => (step.op === "load" ? { ...step, tensor: 2 } : step)),
  };
  return {
    name: `random functions ${seed}`,
    ...(seed % 3 === 0 ? { B: 1, T: 67, S: 70, E: 4 } : { B: 2, H: 4, K: 2, T: 9, S: 13, E: 5 }),
    mods: {
      score: randomScoreProgram(seed, { captured: [[3], [2, 5]] }),
      mask: seed % 2 === 0 ? mask : null,
      captured: captures,
    },
  };
}

/** Every op in some. */
export const modCalls: readonly AttentionCall[] = [
  ...named,
  ...sequences,
  ...numbers(12, (i) => i).map(random),
];

/** The same, small enough for differences. */
export const modGradientCalls: readonly AttentionCall[] = [
  {
    name: "functions of scores, slopes and a table",
    B: 1,
    H: 2,
    K: 1,
    T: 3,
    S: 4,
    E: 2,
    attrs: { softcap: 3, dropout: 0.2, key: [1, 2] },
    biasBroadcast: [0],
    slopes: [0.3, 0.1],
    mods: functions(
      (slope, at) => ({
        scoreMod: (s, { h, q, k }) =>
          s
            .mul(slope(h))
            .tanh()
            .add(at(h, q.sub(k).add(4)).square()),
        maskMod: near(2),
      }),
      [slopes, table],
    ),
  },
  ...[3, 4].map((seed) => ({ ...random(seed), B: 1, H: 2, K: 2, T: 3, S: 4, E: 2 })),
];
