import type { DType, ScoreBinary, ScoreStep, ScoreUnary, View } from "@saccade/core/backend";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GpuBackend } from "../../backend.ts";
import { createGpuBackend } from "../../create-backend.ts";
import { contiguous } from "../../views/nest.ts";
import { evaluate } from "../../wgsl/evaluate.ts";
import { capturedBy, nameOf, placeNamed, programFunction, programLibrary } from "./programs.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

const unaries: { readonly [N in ScoreUnary]: DType } = {
  abs: "f32",
  ceil: "f32",
  cos: "f32",
  exp: "f32",
  floor: "f32",
  log: "f32",
  logicalNot: "u8",
  neg: "f32",
  reciprocal: "f32",
  relu: "f32",
  rsqrt: "f32",
  sigmoid: "f32",
  sign: "f32",
  sin: "f32",
  sqrt: "f32",
  square: "f32",
  tanh: "f32",
  trunc: "f32",
};
const binaries: { readonly [N in ScoreBinary]: DType } = {
  add: "f32",
  sub: "f32",
  mul: "f32",
  div: "f32",
  floorDiv: "f32",
  remainder: "f32",
  pow: "f32",
  maximum: "f32",
  minimum: "f32",
  eq: "u8",
  ne: "u8",
  lt: "u8",
  le: "u8",
  gt: "u8",
  ge: "u8",
  logicalAnd: "u8",
  logicalOr: "u8",
};

const numbers = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, 1e-20, -7e10, 88.9, 1e38];
const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b]));
const first = Float32Array.from(pairs, ([a]) => a);
const second = Float32Array.from(pairs, ([, b]) => b);

describe("names", () => {
  test("equal programs have one, different ones do not, and what is not needed is not read", () => {
    const load = { op: "load", tensor: 3, indices: [] } as const;
    const program = { steps: [{ op: "score" }, load] as const, results: [0, 1], key: "a long one" };
    expect(nameOf({ ...program })).toBe(nameOf(program));
    expect(nameOf({ ...program, key: "another" })).not.toBe(nameOf(program));
    expect([capturedBy(program, 1), capturedBy(program, 2)]).toEqual([[], [3]]);
  });
});

describe.skipIf(notRun)(gpuTests.title("programs"), { timeout: 60_000 }, () => {
  let backend: GpuBackend;
  beforeAll(async () => {
    backend = await createGpuBackend();
  });
  afterAll(() => backend.dispose());

  /** Of the score and a second number, whose bits are the query's place. */
  async function byProgram(...last: readonly ScoreStep[]): Promise<Float32Array> {
    const steps: readonly ScoreStep[] = [{ op: "score" }, { op: "place" }, ...last];
    const program = { steps, results: [steps.length - 1], key: "" };
    const code = programFunction("scoreMod", program, 1, () => "f32").replace(
      "f32(place)",
      "bitcast<f32>(place)",
    );
    const words = await evaluate(
      backend.device,
      "scoreMod(0, 0, 0, bitcast<i32>(b), 0, a)",
      programLibrary(program),
      [first, second],
      (source) => source + placeNamed + code,
    );
    return new Float32Array(words.buffer);
  }

  /** By the kernel that does nothing else. */
  async function byKernel(dtype: DType, run: (a: View, b: View, out: View) => void): Promise<Float32Array> {
    const bytes = 4 * first.length;
    const views = [first, second].map((values) => {
      const buffer = backend.alloc(bytes);
      backend.write(buffer, values);
      return contiguous(buffer, "f32", [first.length]);
    });
    const out = contiguous(backend.alloc(bytes), dtype, [first.length]);
    run(views[0], views[1], out);
    const result = await backend.read(out.buffer, 0, bytes);
    for (const { buffer } of [...views, out]) backend.free(buffer);
    if (dtype === "f32") return new Float32Array(result);
    return Float32Array.from(new Uint8Array(result).subarray(0, first.length));
  }

  test("ops of one value give what the elementwise kernel gives, of special numbers too", async () => {
    for (const [name, dtype] of Object.entries(unaries)) {
      const op = name as ScoreUnary;
      const expected = await byKernel(dtype, (a, _, out) =>
        backend.kernels.unary([a], [out], { op, a: 0, b: 0 }),
      );
      expect(await byProgram({ op, x: 0 }), op).toEqual(expected);
    }
  });

  test("so do ops of two values", async () => {
    for (const [name, dtype] of Object.entries(binaries)) {
      const op = name as ScoreBinary;
      const expected = await byKernel(dtype, (a, b, out) => backend.kernels.binary([a, b], [out], { op }));
      expect(await byProgram({ op, a: 0, b: 1 }), op).toEqual(expected);
    }
  });

  test("where takes NaN for true; constants are exact", async () => {
    const chosen = await byProgram(
      { op: "constant", value: Number.NEGATIVE_INFINITY },
      { op: "where", cond: 0, a: 1, b: 2 },
    );
    const expected = Float32Array.from(pairs, ([a, b]) => (a === 0 ? Number.NEGATIVE_INFINITY : b));
    expect(chosen).toEqual(expected);
    for (const value of [0.1, -0, 1e-30, 3.4e38, Number.NaN, Number.POSITIVE_INFINITY]) {
      const [got] = await byProgram({ op: "constant", value });
      expect(got).toBe(Math.fround(value));
    }
  });

  test("indices are truncated; outside of a tensor there is NaN, of integers 0", async () => {
    const program = {
      steps: [{ op: "score" }, { op: "load", tensor: 0, indices: [0] }] as const,
      results: [1],
      key: "",
    };
    const data = Float32Array.of(5, 6, 7, 8, 9, 10, 11, 12, 13);
    const indices = Float32Array.of(0, 2, 2.9, 3, -0.5, -1, Number.NaN, 1e10, Number.NEGATIVE_INFINITY);
    const read = async (dtype: DType): Promise<readonly number[]> => {
      // The first three of `data`
      const code = programFunction("scoreMod", program, 1, () => dtype)
        .replaceAll("P.captured0_n0", "3")
        .replaceAll("P.captured0_o", "0")
        .replaceAll("P.captured0_0", "1")
        .replaceAll("captured0[", "as_[");
      const words = await evaluate(
        backend.device,
        "scoreMod(0, 0, 0, 0, 0, b)",
        programLibrary(program),
        [data, indices],
        (source) => source + placeNamed + code,
      );
      return [...new Float32Array(words.buffer)];
    };
    const { NaN: none } = Number;
    expect(await read("f32")).toEqual([5, 7, 7, none, 5, none, 5, none, none]);
    expect(await read("i32")).toEqual([5, 7, 7, 0, 5, 0, 5, 0, 0]);
  });
});
