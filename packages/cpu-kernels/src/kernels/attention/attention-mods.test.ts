import { type ScoreStep, scoreProgram } from "@saccade/core";
import type { ScoreProgram, View } from "@saccade/core/backend";
import {
  type CapturedNumbers,
  randomMaskProgram,
  randomScoreProgram,
  runScoreProgram,
} from "@saccade/core/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CpuBackend } from "../../backend.ts";
import { type AttentionCase, attentionCases, attentionOperands } from "../../testing/attention-cases.ts";
import {
  type AttentionGradients,
  type AttentionSizes,
  type AttentionValues,
  attentionReference,
  type ModPlace,
  type ReferenceMods,
} from "../../testing/attention-reference.ts";
import { expectClose } from "../../testing/close.ts";
import {
  forEachConfigurationAndBlas,
  forEachThreadCount,
  noise,
  readView,
  tensor,
} from "../../testing/harness.ts";

const tolerance = { atol: 2e-5, rtol: 2e-5 };

/** Captured: numbers by head, a table, whole numbers. */
const floats: CapturedNumbers = { shape: [3], numbers: [0.5, -0.25, 0.125] };
const table: CapturedNumbers = { shape: [2, 5], numbers: noise(10, 8) };
const integers: CapturedNumbers = { shape: [7], numbers: [0, 2, 1, 0, 1, 3, 1], outside: 0 };
const captured = [floats, table, integers];

interface Functions {
  readonly score: ScoreProgram | null;
  readonly mask: ScoreProgram | null;
  /** Every block left to the function, instead of as much as can be known. */
  readonly vague?: boolean;
}

/** The random mask reads the third tensor. */
function randomMask(seed: number): ScoreProgram {
  const { steps, results } = randomMaskProgram(seed, { captured: [[7]] });
  return scoreProgram(
    steps.map((step) => (step.op === "load" ? { ...step, tensor: 2 } : step)),
    results,
  );
}

/** A second result, which need not be a derivative for the kernel. */
function randomScore(seed: number): ScoreProgram {
  const { steps, results } = randomScoreProgram(seed, { captured: [[3], [2, 5]] });
  return scoreProgram([...steps, { op: "cos", x: results[0] }], [results[0], steps.length]);
}

/** `key - query` within so many keys. */
function windowMask(keys: number): ScoreProgram {
  const steps: ScoreStep[] = [
    { op: "query" },
    { op: "key" },
    { op: "sub", a: 0, b: 1 },
    { op: "abs", x: 2 },
    { op: "constant", value: keys },
    { op: "le", a: 3, b: 4 },
  ];
  return scoreProgram(steps, [5]);
}

function referenceOf({ score, mask }: Functions): ReferenceMods {
  const run = (program: ScoreProgram, at: ModPlace): number[] =>
    runScoreProgram(program, { ...at }, captured);
  return {
    ...(score && { score: (at) => [run(score, at)[0], run(score, at)[1]] }),
    ...(mask && { mask: (at) => run(mask, at)[0] !== 0 }),
  };
}

/** What 64 queries see of 64 keys. */
function blockStates({ B, H, T, S }: AttentionSizes, functions: Functions, places: number[]): number[] {
  const [rows, columns] = [Math.ceil(T / 64), Math.ceil(S / 64)];
  const seen = new Array<number>(B * H * rows * columns).fill(0);
  const hidden = [...seen];
  if (functions.vague || !functions.mask) return seen.fill(1);
  for (let row = 0; row < B * H * T; row++)
    for (let key = 0; key < S; key++) {
      const [head, query] = [Math.floor(row / T), row % T];
      const at = { score: 0, batch: Math.floor(head / H), head: head % H, query, key, place: places[row] };
      const visible = runScoreProgram(functions.mask, at, captured)[0] !== 0;
      (visible ? seen : hidden)[(head * rows + (query >> 6)) * columns + (key >> 6)]++;
    }
  return seen.map((count, i) => (count === 0 ? 0 : hidden[i] === 0 ? 2 : 1));
}

interface Wanted {
  readonly gradients: AttentionGradients;
  readonly states: number[];
}
const wanted = new Map<Functions, Wanted>();

/** What a case has to give, and its blocks: computed once. */
function wantedOf({ sizes, attrs }: AttentionCase, values: AttentionValues, functions: Functions): Wanted {
  let found = wanted.get(functions);
  if (!found) {
    const { B, H, T, S, Ev } = sizes;
    const places = Array.from({ length: B * H * T }, (_, row) =>
      values.ranges ? values.ranges[(Math.floor(row / (H * T)) * T + (row % T)) * 3 + 2] : (row % T) + S - T,
    );
    const dOut = noise(B * H * T * Ev, 9);
    found = {
      gradients: attentionReference(sizes, values, attrs, dOut, referenceOf(functions)),
      states: blockStates(sizes, functions, places),
    };
    wanted.set(functions, found);
  }
  return found;
}

interface Run {
  readonly want: AttentionGradients;
  readonly got: Readonly<Partial<Record<keyof AttentionGradients, View>>>;
}

/** Forward and backward of a case, and what they have to be. */
function runCase(backend: CpuBackend, one: AttentionCase, functions: Functions): Run {
  const { B, H, K, T, S, E, Ev } = one.sizes;
  const { values, inputs, sinks } = attentionOperands(backend, one);
  const { gradients: want, states } = wantedOf(one, values, functions);
  const { score, mask } = functions;
  const f32 = (shape: number[], numbers?: ArrayLike<number>): View => tensor(backend, "f32", shape, numbers);
  const turned = noise(10, 8).map((_, i) => table.numbers[(i % 2) * 5 + Math.floor(i / 2)]);
  const tail: [View | null, View, View, View] = [
    mask && tensor(backend, "i32", [B, H, Math.ceil(T / 64), Math.ceil(S / 64)], states),
    f32([3], floats.numbers),
    { ...f32([5, 2], turned), shape: [2, 5], strides: [1, 2] },
    tensor(backend, "i32", [7], integers.numbers),
  ];
  const out = f32([B, H, T, Ev]);
  const lse = f32([B, H, T]);
  const attrs = {
    ...one.attrs,
    mods: { score: score && scoreProgram(score.steps, [score.results[0]]), mask },
  };
  const { attention, attentionBackward } = backend.fused;
  expect(attention!.supports!([...inputs, sinks, ...tail], attrs)).toBe(true);
  attention!.run([...inputs, sinks, ...tail], [out, lse], attrs);
  const [dq, dk, dv] = [f32([B, H, T, E]), f32([B, K, S, E]), f32([B, K, S, Ev])];
  const dBias = values.bias && f32([B, H, T, S]);
  const dSlopes = values.slopes && f32([B, H, T]);
  attentionBackward!.run(
    [...inputs, lse, f32([B, H, T], want.delta), f32([B, H, T, Ev], noise(B * H * T * Ev, 9)), ...tail],
    [dq, dk, dv, ...[dBias, dSlopes].filter((view) => view !== null)],
    { ...one.attrs, mods: { score, mask }, biasGradient: dBias !== null, slopesGradient: dSlopes !== null },
  );
  return { want, got: { out, lse, dq, dk, dv, ...(dBias && { dBias }), ...(dSlopes && { dSlopes }) } };
}

/** Cases of attention with few high scores, and what is done to their scores. */
const named = (name: string): AttentionCase => {
  const found = attentionCases.find((one) => one.name === name);
  if (!found) throw new Error(`no case ${name}`);
  return found;
};
const cases: readonly (readonly [name: string, functions: Functions])[] = [
  ["smallest", { score: randomScore(1), mask: null }],
  ["no keys", { score: randomScore(1), mask: randomMask(1) }],
  ["one query", { score: randomScore(2), mask: windowMask(200) }],
  ["decode, long, bias, mask", { score: randomScore(3), mask: null }],
  ["primes", { score: randomScore(4), mask: randomMask(4) }],
  ["primes, causal", { score: randomScore(5), mask: null }],
  ["softcap", { score: randomScore(6), mask: randomMask(6), vague: true }],
  ["full mask", { score: randomScore(7), mask: null }],
  ["rows that see nothing", { score: randomScore(8), mask: randomMask(8) }],
  ["bias over heads, mask, softcap", { score: randomScore(9), mask: randomMask(9) }],
  ["bias over heads, mask, softcap", { score: null, mask: randomMask(10) }],
  ["everything", { score: randomScore(11), mask: null }],
  ["alibi, causal", { score: randomScore(12), mask: windowMask(40) }],
  ["many keys", { score: null, mask: windowMask(100) }],
  ["many keys, causal, interleaved", { score: randomScore(13), mask: windowMask(30) }],
  ["many keys, window, bias, mask, dropout", { score: null, mask: randomMask(14) }],
  ["spans that some queries do not see", { score: null, mask: windowMask(20) }],
  ["packed, everything", { score: randomScore(15), mask: windowMask(60) }],
  ["a negative scale", { score: null, mask: randomMask(16) }],
];

forEachConfigurationAndBlas((create, configuration) => {
  let backend: CpuBackend;
  beforeAll(async () => {
    backend = await create();
  });
  afterAll(() => backend.dispose());
  for (const [i, [name, functions]] of cases.entries()) {
    test(`${i}: ${name} (${configuration})`, async () => {
      const { want, got } = runCase(backend, named(name), functions);
      for (const [what, view] of Object.entries(got)) {
        expectClose(await readView(backend, view), want[what as keyof AttentionGradients], tolerance, what);
      }
    });
  }
});

test.each(["off", "auto"])("the same bits on 1 to 4 threads (blas: %s)", async (blas) => {
  const runs = await forEachThreadCount(
    async (backend) => {
      const all: number[][] = [];
      for (const [name, functions] of cases.slice(10)) {
        const { got } = runCase(backend, named(name), functions);
        for (const view of Object.values(got)) all.push(await readView(backend, view));
      }
      return JSON.stringify(all);
    },
    { blas },
  );
  expect(new Set(runs).size).toBe(1);
});
