import type { AttentionBackwardAttrs, View } from "@saccade/core/backend";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { featureWishes } from "../../../adapter/features.ts";
import { findGpu } from "../../../adapter/find-gpu.ts";
import { requestDevice } from "../../../adapter/request-device.ts";
import { GpuBackend } from "../../../backend.ts";
import { type OracleCase, oracle } from "../../../testing/attention-oracle.ts";
import { emulated } from "../../../testing/subgroup-matrices.ts";
import { hasMatrices } from "../../matmul/matrices.ts";

const notRun = process.env.SACCADE_NO_GPU === "1";
if (!notRun) useSoftwareAdapter();

let backend: GpuBackend;

beforeAll(async () => {
  if (notRun) return;
  // A GPU with subgroup matrices computes with them
  const wishes = featureWishes(process.env.SACCADE_GPU === "hardware", []);
  const { device, facts } = await requestDevice(await findGpu(wishes.experimental), undefined, wishes);
  const limits = { memoryLimit: Number.POSITIVE_INFINITY, bindingLimit: Number.POSITIVE_INFINITY };
  if (hasMatrices(facts)) {
    backend = new GpuBackend(device, facts, limits);
    return;
  }
  const make = device.createShaderModule.bind(device);
  device.createShaderModule = ({ code, ...rest }) => make({ ...rest, code: emulated(code) });
  const subgroupMatrices = [{ m: 16, n: 16, k: 16, factor: "f16", result: "f32" }];
  backend = new GpuBackend(device, { ...facts, subgroupMatrices, subgroupSize: [32, 32] }, limits);
});
afterAll(() => backend?.dispose());

/** Halves that are spread over about -spread .. spread. */
function halves(size: number, seed: number, spread: number): Float16Array<ArrayBuffer> {
  return Float16Array.from(
    { length: size },
    (_, i) => ((((Math.imul(i + 1, 2654435761) ^ (seed * 40503)) >>> 7) % 2001) / 1000) * spread - spread,
  );
}

function contiguous(shape: readonly number[]): readonly number[] {
  return shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
}

function put(
  data: Float16Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
  shape: readonly number[],
): View {
  const buffer = backend.alloc(data.byteLength);
  backend.write(buffer, new Uint8Array(data.buffer));
  const dtype = data instanceof Float16Array ? "f16" : data instanceof Float32Array ? "f32" : "i32";
  return { buffer, dtype, shape, strides: contiguous(shape), offset: 0 };
}

async function take({ buffer, dtype, shape }: View): Promise<number[]> {
  const size = shape.reduce((a, b) => a * b, 1);
  const bytes = await backend.read(buffer, 0, size * (dtype === "f16" ? 2 : 4));
  return [...(dtype === "f16" ? new Float16Array(bytes) : new Float32Array(bytes))];
}

interface Trial extends Partial<OracleCase> {
  readonly causal?: boolean;
  readonly left?: number;
  readonly right?: number;
  readonly ranges?: readonly (readonly [first: number, end: number])[];
  readonly spread?: number;
  readonly change?: (q: Float16Array, k: Float16Array, v: Float16Array) => void;
}

async function run(trial: Trial) {
  const { heads = 1, keyHeads = heads, queries = 1, keys = 1, width = 24, valueWidth = 40 } = trial;
  const { softcap = 0, causal = false, left = -1, right = -1, ranges, spread = 2, sinks } = trial;
  const { scale = 1 / Math.sqrt(width) } = trial;
  const q = halves(heads * queries * width, 1, spread);
  const k = halves(keyHeads * keys * width, 2, spread);
  const v = halves(keyHeads * keys * valueWidth, 3, 1);
  const dOut = halves(heads * queries * valueWidth, 4, 1);
  trial.change?.(q, k, v);
  const shift = keys - queries;
  const sees = (i: number, j: number): boolean => {
    if (ranges) return j >= ranges[i][0] && j < ranges[i][1];
    return (
      (!causal || j <= i + shift) &&
      (left < 0 || i + shift - j <= left) &&
      (right < 0 || j - i - shift <= right)
    );
  };
  const it = {
    heads,
    keyHeads,
    queries,
    keys,
    width,
    valueWidth,
    scale,
    softcap,
    sees,
    ...(sinks && { sinks }),
  };
  const want = oracle(it, { q, k, v, dOut });
  const [qs, ks, vs] = [
    [1, heads, queries, width],
    [1, keyHeads, keys, width],
    [1, keyHeads, keys, valueWidth],
  ];
  const outs = [1, heads, queries, valueWidth];
  const views = {
    q: put(q, qs),
    k: put(k, ks),
    v: put(v, vs),
    dOut: put(dOut, outs),
    ranges: ranges ? put(Int32Array.from(ranges.flatMap(([a, b]) => [a, b, 0])), [1, queries, 3]) : null,
    sinks: sinks ? put(Float32Array.from(sinks), [heads]) : null,
    delta: put(Float32Array.from(want.delta), [1, heads, queries]),
    lse: put(new Float32Array(heads * queries).fill(7), [1, heads, queries]),
    out: put(new Float16Array(heads * queries * valueWidth).fill(7), outs),
    dq: put(new Float16Array(q.length).fill(7), qs),
    dk: put(new Float16Array(k.length).fill(7), ks),
    dv: put(new Float16Array(v.length).fill(7), vs),
  };
  const attrs: AttentionBackwardAttrs = {
    scale,
    causal,
    windowLeft: left,
    windowRight: right,
    softcap,
    dropout: 0,
    key: [0, 0],
    biasGradient: false,
    slopesGradient: false,
  };
  const scores = [views.q, views.k, views.v, null, null, null, views.ranges] as const;
  backend.fused.attention?.run([...scores, views.sinks], [views.out, views.lse], attrs);
  const got = { out: await take(views.out), lse: await take(views.lse) };
  const gradients = [views.dq, views.dk, views.dv] as const;
  // In f32, as the kernel gets it
  backend.write(views.lse.buffer, new Uint8Array(Float32Array.from(want.lse).buffer));
  backend.fused.attentionBackward?.run(
    [...scores, views.lse, views.delta, views.dOut],
    [...gradients],
    attrs,
  );
  const [dq, dk, dv] = await Promise.all(gradients.map(take));
  return { got: { ...got, dq, dk, dv }, want };
}

/** Queries 3 and 5. */
function spoil(q: Float16Array): void {
  q[3 * 24 + 7] = Number.NaN;
  q[5 * 24] = Number.POSITIVE_INFINITY;
}

/** The largest difference, where NaN and infinity are equal to themselves alone. */
function difference(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i])) continue;
    const gap = Math.abs(got[i] - want[i]);
    most = Math.max(most, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap);
  }
  return most;
}

/** What 32 queries see: the first nothing, the others up to 96 keys. Neither first nor end decreases. */
const spans = Array.from({ length: 32 }, (_, i) => [3 * i, i === 0 ? 0 : Math.min(96, 70 + 5 * i)] as const);

describe.skipIf(notRun)("by squares, attention and its gradients are what they are by definition", () => {
  test.each<[string, Trial]>([
    ["one key", { queries: 5, keys: 1 }],
    ["odd lengths, causal", { queries: 70, keys: 131, causal: true, heads: 2 }],
    ["more queries than keys, causal: rows that see nothing", { queries: 140, keys: 70, causal: true }],
    ["window, grouped queries", { queries: 190, keys: 190, left: 70, right: 3, heads: 2, keyHeads: 1 }],
    ["large scores, so that maxima grow", { queries: 65, keys: 300, spread: 8 }],
    ["NaN and infinity stay in their rows", { queries: 40, keys: 33, change: spoil }],
    [
      "whole tiles of wide heads, ranges, cap and sinks",
      {
        queries: 32,
        keys: 96,
        width: 96,
        valueWidth: 96,
        heads: 2,
        keyHeads: 1,
        ranges: spans,
        softcap: 30,
        spread: 8,
        sinks: [0.5, Number.NEGATIVE_INFINITY],
      },
    ],
  ])("%s", { timeout: 240_000 }, async (_, trial) => {
    const { got, want } = await run(trial);
    expect(difference(got.lse, want.lse)).toBeLessThan(2e-5);
    expect(difference(got.out, want.out)).toBeLessThan(1e-3);
    for (const name of ["dq", "dk", "dv"] as const) {
      const finite = want[name].filter(Number.isFinite).map(Math.abs);
      expect(difference(got[name], want[name]), name).toBeLessThan(2e-3 * Math.max(0.1, ...finite));
    }
  });

  test("a row of -infinity alone is zeros", { timeout: 240_000 }, async () => {
    const { got } = await run({
      queries: 9,
      keys: 33,
      change: (q, k) => {
        for (let j = 0; j < 33; j++) k[j * 24] = 1;
        q[7 * 24] = Number.NEGATIVE_INFINITY;
      },
    });
    expect(got.lse[7]).toBe(Number.NEGATIVE_INFINITY);
    expect(got.out.slice(7 * 40, 8 * 40)).toEqual(new Array(40).fill(0));
    expect(got.out.every(Number.isFinite)).toBe(true);
  });
});
