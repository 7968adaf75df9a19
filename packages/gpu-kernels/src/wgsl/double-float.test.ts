import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend } from "../create-backend.ts";
import { evaluate } from "./evaluate.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

const COUNT = 4096;
/** Of either sign, from 1/8 to 8, all digits used. */
const numbers = (seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: COUNT }, (_, i) => {
    const x = Math.sin(seed + i) * 43758.5453;
    return (x - Math.floor(x) + 0.5) * 2 ** ((i % 6) - 3) * (i % 3 === 0 ? -1 : 1);
  });
const [a, b] = [numbers(1), numbers(2)];

describe.skipIf(notRun)(gpuTests.title("what a compiler must not simplify"), () => {
  let backend: GpuBackend;
  beforeAll(async () => {
    backend = await createGpuBackend();
  });
  afterAll(() => backend.dispose());

  const floatsOf = async (expression: string, names: readonly string[]): Promise<Float32Array> =>
    new Float32Array((await evaluate(backend.device, expression, names, [a, b])).buffer);

  test("a sum and its rounding error are exactly the sum", async () => {
    const error = await floatsOf("twoSum(a, b).y", ["twoSum"]);
    expect(error).toEqual(a.map((x, i) => x + b[i] - Math.fround(x + b[i])));
  });

  test("a product and its rounding error are exactly the product", async () => {
    const error = await floatsOf("twoProduct(a, b).y", ["twoProduct"]);
    expect(error).toEqual(a.map((x, i) => x * b[i] - Math.fround(x * b[i])));
  });

  test("a logarithm in two floats has 36 bits", async () => {
    const high = await floatsOf("log2Pair(abs(a)).x + 0.0 * b", ["log2Pair"]);
    const low = await floatsOf("log2Pair(abs(a)).y + 0.0 * b", ["log2Pair"]);
    const errors = Array.from(a, (x, i) => high[i] + low[i] - Math.log2(Math.abs(x)));
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(2 ** -35);
  });

  test("the sign of one number, the size of another, also behind a branch", async () => {
    const signed = await floatsOf("withSign(a, b)", ["withSign"]);
    expect(signed).toEqual(a.map((x, i) => Math.abs(x) * Math.sign(b[i])));
    const odd = b.map((_, i) => (i % 8) - 4);
    const words = await evaluate(backend.device, "pow_(a, b)", ["pow_"], [a, odd]);
    const powers = new Float32Array(words.buffer);
    expect([...powers].map(Math.sign)).toEqual(Array.from(a, (x, i) => Math.sign(x ** odd[i])));
  });
});
