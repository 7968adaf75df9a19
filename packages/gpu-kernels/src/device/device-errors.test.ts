import { memory, setBackend, tensor, tidy, zeros } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend } from "../create-backend.ts";
import { GpuOutOfMemoryError } from "../errors.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

describe.skipIf(notRun)(gpuTests.title("a device without memory"), () => {
  let gpu: GpuBackend;
  afterEach(() => {
    gpu.dispose();
    setBackend(createReferenceBackend());
    vi.restoreAllMocks();
  });

  /** The device says of the next buffer that there is no memory for it. */
  function refuseOnce(): void {
    vi.spyOn(gpu.device, "popErrorScope").mockResolvedValueOnce({ message: "none left" });
  }

  test("is an error that names the tensor and the sizes, at the next reading", async () => {
    gpu = await createGpuBackend();
    setBackend(gpu);
    const kept = tensor([1, 2, 3]);
    await kept.data();
    refuseOnce();
    const lost = zeros([100, 100]);
    const failure = await lost
      .add(1)
      .data()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GpuOutOfMemoryError);
    expect(failure).toMatchObject({ requested: 40_000, live: expect.any(Number) });
    expect(String(failure)).toMatch(/out of GPU memory for \w+'s f32 \[100,100\] \(asked for 40000 B, live /);
  });

  test("is over once tensors are freed; what was there before is still there", async () => {
    gpu = await createGpuBackend();
    setBackend(gpu);
    const { buffers } = memory();
    const kept = tensor([1, 2, 3]);
    const before = gpu.info().liveBytes;
    refuseOnce();
    const lost = zeros([100, 100]);
    await expect(lost.data()).rejects.toThrow(GpuOutOfMemoryError);
    expect(gpu.info().liveBytes).toBe(before);
    lost.dispose();
    expect(gpu.info().liveBytes).toBe(before);
    const again = tidy(() => zeros([100, 100]).add(kept.sum()));
    expect((await again.data())[9999]).toBe(6);
    again.dispose();
    kept.dispose();
    expect(memory().buffers).toBe(buffers);
    expect(gpu.info()).toMatchObject({ liveBytes: 0, liveBuffers: 0 });
  });

  test("is told by every reading that was under way", async () => {
    gpu = await createGpuBackend();
    setBackend(gpu);
    refuseOnce();
    const lost = zeros([100, 100]);
    const sums = [lost.sum(), lost.add(1).sum()];
    const read = await Promise.allSettled(sums.map((sum) => sum.item()));
    for (const each of read) {
      expect(each).toMatchObject({ status: "rejected", reason: expect.any(GpuOutOfMemoryError) });
    }
    for (const x of [lost, ...sums]) x.dispose();
  });

  test("makes room of what lies idle, from then on", async () => {
    gpu = await createGpuBackend();
    refuseOnce();
    gpu.free(gpu.alloc(1 << 20));
    await gpu.device.queue.onSubmittedWorkDone();
    expect(() => gpu.flush()).toThrow(GpuOutOfMemoryError);
    gpu.free(gpu.alloc(1 << 16));
    expect(gpu.info().reservedBytes).toBe(1 << 16);
    gpu.free(gpu.alloc(1 << 17));
    expect(gpu.info().reservedBytes).toBe(1 << 17);
  });

  test("complaints of the device that follow from it are not told", async () => {
    gpu = await createGpuBackend();
    setBackend(gpu);
    refuseOnce();
    const lost = zeros([100]);
    gpu.device.createBuffer({ size: 16, usage: 0 }); // stands for a command that the device refuses
    await expect(lost.data()).rejects.toThrow(GpuOutOfMemoryError);
    lost.dispose();
    await gpu.device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(() => gpu.flush()).not.toThrow();
  });
});
