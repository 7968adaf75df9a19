import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterEach, describe, expect, test } from "vitest";
import type { GpuBackend } from "./backend.ts";
import { createGpuBackend, type GpuBackendOptions } from "./create-backend.ts";
import {
  GpuLostError,
  GpuOptionError,
  GpuOutOfMemoryError,
  GpuUnavailableError,
  GpuValidationError,
} from "./errors.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

test("unknown and malformed options throw", async () => {
  const typo = { memorylimit: 5 } as GpuBackendOptions;
  await expect(createGpuBackend(typo)).rejects.toThrow(
    new GpuOptionError("createGpuBackend: unknown option (memorylimit)"),
  );
  await expect(createGpuBackend({ memoryLimit: -1 })).rejects.toThrow(GpuOptionError);
  const both = { device: {} as GPUDevice, powerPreference: "low-power" } as const;
  await expect(createGpuBackend(both)).rejects.toThrow(/device is one \(got both\)/);
});

test("no adapter is an error that says what to do", async () => {
  const gpu = { requestAdapter: async () => null } as unknown as GPU;
  await expect(createGpuBackend({ gpu })).rejects.toThrow(GpuUnavailableError);
});

describe.skipIf(notRun)(gpuTests.title("on an adapter"), () => {
  let backend: GpuBackend | undefined;
  afterEach(() => {
    backend?.dispose();
    backend = undefined;
  });

  async function open(options: GpuBackendOptions = {}): Promise<GpuBackend> {
    backend = await createGpuBackend(options);
    return backend;
  }

  test("bytes come back as they were written, at any offset and length", async () => {
    const gpu = await open();
    const buffer = gpu.alloc(64);
    const all = Uint8Array.from({ length: 64 }, (_, i) => i);
    gpu.write(buffer, all);
    gpu.write(buffer, Uint8Array.of(200, 201, 202), 5);
    gpu.write(buffer, Uint8Array.of(203), 63);
    all.set([200, 201, 202], 5);
    all[63] = 203;
    expect(new Uint8Array(await gpu.read(buffer, 0, 64))).toEqual(all);
    expect(new Uint8Array(await gpu.read(buffer, 3, 7))).toEqual(all.slice(3, 10));
    expect((await gpu.read(buffer, 9, 0)).byteLength).toBe(0);
    gpu.free(buffer);
  });

  test("what is written comes after what was recorded before it", async () => {
    const gpu = await open();
    const view = (buffer: number) => ({ buffer, dtype: "f32", shape: [4], strides: [1], offset: 0 }) as const;
    const [a, b] = [gpu.alloc(16), gpu.alloc(16)];
    gpu.write(a, Float32Array.of(1, 2, 3, 4));
    gpu.kernels.copy([view(a)], [view(b)], {});
    gpu.write(a, Float32Array.of(5, 6, 7, 8));
    expect([...new Float32Array(await gpu.read(b, 0, 16))]).toEqual([1, 2, 3, 4]);
    expect([...new Float32Array(await gpu.read(a, 0, 16))]).toEqual([5, 6, 7, 8]);
  });

  test("a kernel may read and write one buffer", async () => {
    const gpu = await open();
    const buffer = gpu.alloc(32);
    gpu.write(buffer, Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0));
    const window = (offset: number) => ({ buffer, dtype: "f32", shape: [4], strides: [1], offset }) as const;
    gpu.kernels.unary([window(0)], [window(4)], { op: "neg", a: 0, b: 0 });
    expect([...new Float32Array(await gpu.read(buffer, 0, 32))]).toEqual([1, 2, 3, 4, -1, -2, -3, -4]);
  });

  test("freed memory is used again, and counted", async () => {
    const gpu = await open();
    const first = gpu.alloc(1000);
    const { reservedBytes } = gpu.info();
    gpu.free(first);
    gpu.free(gpu.alloc(1000));
    expect(gpu.info()).toMatchObject({ liveBytes: 0, liveBuffers: 0, reservedBytes });
    expect(() => gpu.free(first)).toThrow(RangeError);
  });

  test("too much memory is an error with the sizes", async () => {
    const gpu = await open({ memoryLimit: 4096 });
    const kept = gpu.alloc(2048);
    const wanted = expect.objectContaining({ requested: 4000, live: 2048, limit: 4096 });
    expect(() => gpu.alloc(4000)).toThrow(GpuOutOfMemoryError);
    expect(() => gpu.alloc(4000)).toThrow(wanted);
    gpu.free(kept);
    expect(() => gpu.alloc(2 ** 40)).toThrow(/largest buffer of this adapter/);
  });

  test("a command that the device refuses is thrown by a later call, once", async () => {
    const gpu = await open();
    gpu.device.createBuffer({ size: 16, usage: 0 });
    await gpu.device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(() => gpu.flush()).toThrow(GpuValidationError);
    expect(() => gpu.flush()).not.toThrow();
  });

  test("warming up compiles and computes nothing", async () => {
    const gpu = await open();
    const view = (buffer: number) => ({ buffer, dtype: "f32", shape: [4], strides: [1], offset: 0 }) as const;
    const [a, b] = [gpu.alloc(16), gpu.alloc(16)];
    gpu.write(a, Float32Array.of(1, 2, 3, 4));
    gpu.write(b, Float32Array.of(9, 9, 9, 9));
    const step = () => gpu.kernels.unary([view(a)], [view(b)], { op: "neg", a: 0, b: 0 });
    expect(await gpu.warmUp(step)).toBe(1);
    expect(gpu.info()).toMatchObject({ pipelines: 1, dispatches: 0 });
    expect([...new Float32Array(await gpu.read(b, 0, 16))]).toEqual([9, 9, 9, 9]);
    step();
    expect([...new Float32Array(await gpu.read(b, 0, 16))]).toEqual([-1, -2, -3, -4]);
    expect(gpu.info()).toMatchObject({ pipelines: 1, dispatches: 1 });
  });

  test("a profile has every dispatch, in order, and says what kernels took", async ({ skip }) => {
    const gpu = await open();
    if (!gpu.features.has("timestamp-query")) skip("the adapter has no timestamp queries");
    const out = { buffer: gpu.alloc(4000), dtype: "f32", shape: [1000], strides: [1], offset: 0 } as const;
    const { kernels, dispatches, chromeTrace } = await gpu.profile(() => {
      for (let i = 0; i < 600; i++) gpu.kernels.fill([], [out], { value: i });
      gpu.kernels.random([], [out], { key: [0, 0], kind: "uniform" });
    });
    expect(dispatches.length).toBe(601);
    expect(dispatches.every(({ start, end }) => end >= start)).toBe(true);
    const counts = kernels.map(({ kernel, dispatches: n }) => [kernel, n]);
    expect(Object.fromEntries(counts)).toEqual({ fill: 600, "random uniform": 1 });
    expect(JSON.parse(chromeTrace).traceEvents.length).toBe(601);
    gpu.kernels.fill([], [out], { value: 1 }); // and goes on as before
    expect(new Float32Array(await gpu.read(out.buffer, 0, 4))[0]).toBe(1);
  });

  test("warming up by something that throws computes nothing later, either", async () => {
    const gpu = await open();
    const view = (buffer: number) => ({ buffer, dtype: "f32", shape: [4], strides: [1], offset: 0 }) as const;
    const [a, b] = [gpu.alloc(16), gpu.alloc(16)];
    gpu.write(a, Float32Array.of(1, 2, 3, 4));
    gpu.write(b, Float32Array.of(9, 9, 9, 9));
    const failing = gpu.warmUp(() => {
      gpu.kernels.copy([view(a)], [view(b)], {}); // short: it waits for its neighbours
      throw new RangeError("midway");
    });
    await expect(failing).rejects.toThrow("midway");
    expect([...new Float32Array(await gpu.read(b, 0, 16))]).toEqual([9, 9, 9, 9]);
  });

  test("a profile names all that was joined; there is one at a time, and one that fails is over", async ({
    skip,
  }) => {
    const gpu = await open();
    if (!gpu.features.has("timestamp-query")) skip("the adapter has no timestamp queries");
    const view = () =>
      ({ buffer: gpu.alloc(16), dtype: "f32", shape: [4], strides: [1], offset: 0 }) as const;
    const [a, b, c] = [view(), view(), view()];
    const failing = gpu.profile(async () => {
      await expect(gpu.profile(() => {})).rejects.toThrow("profile: another profile is being taken");
      throw new RangeError("midway");
    });
    await expect(failing).rejects.toThrow("midway");
    const { kernels } = await gpu.profile(() => {
      gpu.kernels.copy([a], [b], {});
      gpu.kernels.copy([a], [c], {});
    });
    expect(kernels.map(({ kernel, dispatches }) => [kernel, dispatches])).toEqual([["copy + copy", 1]]);
  });

  test("a lost device is told by what was under way", async () => {
    const gpu = await open();
    const out = { buffer: gpu.alloc(16), dtype: "f32", shape: [4], strides: [1], offset: 0 } as const;
    const fill = () => gpu.kernels.fill([], [out], { value: 1 });
    const under: Promise<unknown>[] = [gpu.warmUp(fill), gpu.read(out.buffer, 0, 16)];
    if (gpu.features.has("timestamp-query")) under.push(gpu.profile(fill));
    gpu.device.destroy();
    for (const each of await Promise.allSettled(under)) {
      expect(each).toMatchObject({ status: "rejected", reason: expect.any(GpuLostError) });
    }
    gpu.dispose();
    expect(() => gpu.free(out.buffer)).not.toThrow(); // a tensor may outlive its backend
  });

  test("pooled buffers are given back only when no command uses them", async () => {
    const gpu = await open({ memoryLimit: 8192 });
    const view = (buffer: number) =>
      ({ buffer, dtype: "f32", shape: [1000], strides: [1], offset: 0 }) as const;
    for (let i = 0; i < 20; i++) {
      const buffer = gpu.alloc(4000);
      gpu.kernels.fill([], [view(buffer)], { value: i });
      gpu.free(buffer);
      gpu.free(gpu.alloc(5000 + 10 * i));
    }
    gpu.flush();
    await gpu.device.queue.onSubmittedWorkDone();
    expect(() => gpu.flush()).not.toThrow();
  });

  test("a lost device is an error for good", async () => {
    const gpu = await open();
    const buffer = gpu.alloc(16);
    gpu.device.destroy();
    await gpu.device.lost;
    await expect(gpu.read(buffer, 0, 16)).rejects.toThrow(GpuLostError);
    expect(() => gpu.alloc(16)).toThrow(GpuLostError);
  });

  test("after dispose every call throws", async () => {
    const gpu = await createGpuBackend();
    gpu.dispose();
    expect(() => gpu.alloc(16)).toThrow(GpuLostError);
  });
});
