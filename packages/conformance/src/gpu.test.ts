import type { View } from "@saccade/core/backend";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";
import { conformanceSuite } from "./suite/conformance-suite.ts";

const longFunctions = "functions of scores of many steps, which drivers in software compile for minutes";
const notRun = gpuTests.leftOut;

if (notRun) {
  test.skip(gpuTests.title("gpu"), () => {});
} else {
  useSoftwareAdapter();
  conformanceSuite("gpu, software adapter", {
    create: () => createGpuBackend(),
    composes: {
      quantizedLinear: "codes with gaps between their words",
      attention: longFunctions,
      attentionBackward: longFunctions,
    },
    flushesSubnormals: true,
    except: /^attention/, // in gpu-attention.test.ts
  });
}

describe.skipIf(notRun)(gpuTests.title("gpu"), () => {
  test("two backends, one after the other, give the same bits", async () => {
    const [a, b] = [await bits(), await bits()];
    expect(a).toEqual(b);
  });
});

/** Bits of random numbers, of sums along and across rows, and of rows that are added to others. */
async function bits(): Promise<number[]> {
  const backend = await createGpuBackend();
  const view = (dtype: "f32" | "i32", shape: number[]): View => {
    const strides = shape.map((_, d) => sizeOf(shape.slice(d + 1)));
    return { buffer: backend.alloc(4 * sizeOf(shape)), dtype, shape, strides, offset: 0 };
  };
  try {
    const { fill, random, reduce, scatterAdd } = backend.kernels;
    const x = view("f32", [600, 68]);
    random([], [x], { key: [1, 2], kind: "normal" });
    const all = view("f32", [1, 1]);
    reduce([x], [all], { op: "sum", axes: [0, 1] });
    const columns = view("f32", [1, 68]);
    reduce([x], [columns], { op: "sum", axes: [0] });
    const rows = view("f32", [600, 1]);
    reduce([x], [rows], { op: "sum", axes: [1] });
    const index = view("i32", [1]);
    fill([], [index], { value: 0 });
    scatterAdd([{ ...index, shape: [600, 68], strides: [0, 0] }, x], [columns], { axis: 0 });
    const found: number[] = [];
    for (const { buffer, shape } of [x, all, columns, rows]) {
      found.push(...new Int32Array(await backend.read(buffer, 0, 4 * sizeOf(shape))));
    }
    return found;
  } finally {
    backend.dispose();
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
