import { crossEntropy, embedding, ones, setBackend, tensor, tidy } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterEach, describe, expect, test } from "vitest";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend } from "../create-backend.ts";
import { GpuIndexError } from "../errors.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

describe.skipIf(notRun)(gpuTests.title("debug mode"), () => {
  let gpu: GpuBackend;
  afterEach(() => {
    gpu.dispose();
    setBackend(createReferenceBackend());
  });

  async function open(debug: boolean): Promise<void> {
    gpu = await createGpuBackend({ debug });
    setBackend(gpu);
  }

  const lookUp = (...ids: number[]) => tidy(() => embedding(tensor(Int32Array.from(ids)), ones([5, 3])));

  test("reading throws where indices are out of range, and says of which kernel and how many", async () => {
    await open(true);
    const wrong = lookUp(0, 5, 2, -1, 4, 99);
    const failure = await wrong.data().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GpuIndexError);
    expect(String(failure)).toMatch(
      /gather: 9 of 18 indices are not within 0 and 4 \(a dimension of size 5\)/,
    );
    expect(failure).toMatchObject({ kernel: "gather", outside: 9, indices: 18 });
    expect(String((failure as GpuIndexError).cause)).toMatch(/the call was made here/);
    const right = lookUp(0, 4);
    expect(await right.data()).toEqual(new Float32Array(6).fill(1)); // it is told once
    for (const x of [wrong, right]) x.dispose();
    expect(gpu.info()).toMatchObject({ liveBytes: 0, liveBuffers: 0 });
  });

  test("targets of cross-entropy are checked, but for those that are ignored", async () => {
    await open(true);
    const loss = (...targets: number[]) =>
      tidy(() => crossEntropy(ones([2, 4]), tensor(Int32Array.from(targets))));
    const ignoring = loss(1, -100);
    expect(await ignoring.item()).toBeCloseTo(Math.log(4));
    const wrong = loss(1, 4);
    await expect(wrong.item()).rejects.toThrow(/crossEntropy: 1 of 2 indices/);
  });

  test("warming up finds nothing", async () => {
    await open(true);
    await gpu.warmUp(() => lookUp(7).dispose());
    const right = lookUp(1);
    expect(await right.data()).toEqual(new Float32Array(3).fill(1));
  });

  test("off, nothing is looked at: what is out of range reads NaN", async () => {
    await open(false);
    const dispatches = gpu.info().dispatches;
    const wrong = lookUp(5);
    expect(await wrong.data()).toEqual(new Float32Array(3).fill(Number.NaN));
    expect(Number(gpu.info().dispatches) - Number(dispatches)).toBe(2);
  });
});
