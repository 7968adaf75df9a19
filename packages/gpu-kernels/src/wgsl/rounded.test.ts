import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend } from "../create-backend.ts";
import { evaluate } from "./evaluate.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

const COUNT = 20_000;

/** Words that look random; the same ones in every run. */
function words(seed: number): Uint32Array<ArrayBuffer> {
  let state = seed;
  return Uint32Array.from({ length: COUNT }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  });
}

const anyFloats = (seed: number): Float32Array<ArrayBuffer> => new Float32Array(words(seed).buffer);
const floats = (number: (i: number) => number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: COUNT }, (_, i) => number(i));
const fraction = (seed: number): ((i: number) => number) => {
  const list = words(seed);
  return (i) => 1 + list[i] / 2 ** 32;
};

const special = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  2 ** -126 - 2 ** -149,
  2 ** 127,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  3,
  0.1,
];

type Pair = readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
const [f, g] = [fraction(3), fraction(4)];
const n = special.length;

/** Numbers of all kinds, and where rounding is hardest: results among subnormals, near infinity, near 1. */
const pairs: Readonly<Record<string, Pair>> = {
  "any bits": [anyFloats(1), anyFloats(2)],
  "one exponent": [floats(f), floats(g)],
  "quotients near 1": [
    floats((i) => 1 + ((i % 200) - 100) * 2 ** -23),
    floats((i) => 1 + (Math.floor(i / 200) - 50) * 2 ** -23),
  ],
  "subnormal quotients": [floats((i) => f(i) * 2 ** (-40 - (i % 30))), floats((i) => g(i) * 2 ** 89)],
  "ties among subnormals": [floats((i) => i * 2 ** -24), floats((i) => 2 ** (126 + (i % 2)))],
  "quotients near infinity": [floats((i) => f(i) * 2 ** 100), floats((i) => g(i) * 2 ** -(27 + (i % 2)))],
  "special numbers": [floats((i) => special[i % n]), floats((i) => special[Math.floor(i / n) % n])],
};

const scratch = new Float32Array(1);
const bitsOf = (x: number): number => {
  scratch[0] = x;
  return Number.isNaN(x) ? 0x7fc00000 : new Uint32Array(scratch.buffer)[0];
};
const isNanWord = (word: number): boolean => (word & 0x7fffffff) > 0x7f800000;

/** How many words are not those of the expected numbers, and the first of them. */
function wrong(got: Uint32Array, expected: (i: number) => number): string {
  const bad = [...got.keys()].filter((i) => {
    const want = bitsOf(expected(i));
    return isNanWord(want) ? !isNanWord(got[i]) : got[i] !== want;
  });
  if (bad.length === 0) return "none";
  const hex = (word: number): string => word.toString(16);
  return `${bad.length}, the first at ${bad[0]}: ${hex(got[bad[0]])} for ${hex(bitsOf(expected(bad[0])))}`;
}

/** What a device's own division and root may be off by; its results are but guesses. */
const devices: Readonly<Record<string, (source: string) => string>> = {
  "this device": (source) => source,
  "a device 3 ulp too high": (source) => off(source, 1 + 3 * 2 ** -23),
  "a device 3 ulp too low": (source) => off(source, 1 - 3 * 2 ** -23),
};
const off = (source: string, factor: number): string => {
  const guess = /let inverse = (1\.0 \/|inverseSqrt)/;
  expect(source).toMatch(guess);
  return source.replace(guess, (found) => found.replace("= ", `= ${factor} * `));
};

describe.skipIf(notRun)(gpuTests.title("rounded to the nearest number"), () => {
  let backend: GpuBackend;
  beforeAll(async () => {
    backend = await createGpuBackend();
  });
  afterAll(() => backend.dispose());

  for (const [device, alter] of Object.entries(devices)) {
    for (const [name, [a, b]] of Object.entries(pairs)) {
      test(`on ${device}: quotients and roots of ${name}`, async () => {
        const quotients = await evaluate(backend.device, "divide(a, b)", ["divide"], [a, b], alter);
        expect(wrong(quotients, (i) => a[i] / b[i])).toBe("none");
        const roots = await evaluate(backend.device, "squareRoot(a)", ["squareRoot"], [a, b], alter);
        expect(wrong(roots, (i) => Math.sqrt(a[i]))).toBe("none");
      });
    }
  }
});
