import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend, type GpuBackendOptions } from "../create-backend.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

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

  const view = (buffer: number) => ({ buffer, dtype: "f32", shape: [64], strides: [1], offset: 0 }) as const;

  test("steps that repeat themselves make no more bind groups", async () => {
    const gpu = await open();
    const groups = vi.spyOn(gpu.device, "createBindGroup");
    const x = gpu.alloc(256);
    const step = (order: readonly number[]): void => {
      const made = [gpu.alloc(256), gpu.alloc(256), gpu.alloc(256)];
      gpu.kernels.fill([], [view(x)], { value: 1 });
      gpu.kernels.unary([view(x)], [view(made[0])], { op: "exp", a: 0, b: 0 });
      gpu.kernels.binary([view(x), view(made[0])], [view(made[1])], { op: "add" });
      gpu.kernels.binary([view(made[1]), view(made[0])], [view(made[2])], { op: "mul" });
      for (const i of order) gpu.free(made[i]);
    };
    step([0, 1, 2]);
    const first = groups.mock.calls.length;
    expect(first).toBe(4);
    for (const order of [[2, 0, 1], [1, 2, 0], [2, 1, 0], [0, 2, 1]]) step(order); // biome-ignore format: short
    expect(groups.mock.calls.length).toBe(first);
    expect(new Float32Array(await gpu.read(x, 0, 4))[0]).toBe(1);
  });

  test("a step that frees far more than it keeps finds its buffers again, until it is over", async () => {
    const gpu = await open();
    const made = vi.spyOn(gpu.device, "createBuffer");
    const out = gpu.alloc(256);
    const submit = (): void => {
      gpu.kernels.fill([], [view(out)], { value: 1 });
      gpu.flush();
    };
    const step = (): void => {
      const buffers = Array.from({ length: 10 }, () => gpu.alloc(64 * 2 ** 20));
      submit();
      for (const buffer of buffers) gpu.free(buffer);
      submit();
    };
    step();
    const first = made.mock.calls.length;
    for (let i = 0; i < 40; i++) step();
    expect(made.mock.calls.length).toBe(first);
    for (let i = 0; i < 130; i++) submit();
    expect(gpu.info().reservedBytes).toBeLessThan(300 * 2 ** 20);
  });

  test("a bind group does not outlive its buffers", async () => {
    const gpu = await open({ memoryLimit: 2048 });
    const fill = (value: number, bytes: number): number => {
      const buffer = gpu.alloc(bytes);
      gpu.kernels.fill([], [view(buffer)], { value });
      gpu.free(buffer);
      return buffer;
    };
    for (let i = 0; i < 12; i++) fill(i, 700 + 200 * (i % 4)); // beyond the limit: pooled buffers are destroyed
    const kept = gpu.alloc(256);
    gpu.kernels.fill([], [view(kept)], { value: 7 });
    expect(new Float32Array(await gpu.read(kept, 252, 4))[0]).toBe(7);
  });

  test("more dispatches than an arena of uniforms has room for, each with its own", async () => {
    const gpu = await open();
    const out = gpu.alloc(4 * 1500);
    for (let i = 0; i < 1500; i++) {
      gpu.kernels.fill([], [{ ...view(out), shape: [1], offset: i }], { value: i });
    }
    const expected = Float32Array.from({ length: 1500 }, (_, i) => i);
    expect(new Float32Array(await gpu.read(out, 0, 6000))).toEqual(expected);
  });

  test("the first commands are submitted soon, later ones in larger numbers", async () => {
    const gpu = await open();
    const out = gpu.alloc(256);
    const submissions = (dispatches: number): number => {
      const before = gpu.info().submissions as number;
      for (let i = 0; i < dispatches; i++) gpu.kernels.fill([], [view(out)], { value: i });
      return (gpu.info().submissions as number) - before;
    };
    expect(submissions(31)).toBe(0);
    expect(submissions(1)).toBe(1);
    expect(submissions(64 + 128 + 256)).toBe(3);
    expect(submissions(1024)).toBe(2);
    await gpu.read(out, 0, 4);
    expect(submissions(32)).toBe(1);
  });

  test("reads use one staging buffer again, and may overlap", async () => {
    const gpu = await open();
    const buffer = gpu.alloc(256);
    gpu.write(
      buffer,
      Float32Array.from({ length: 64 }, (_, i) => i),
    );
    const element = async (i: number) => new Float32Array(await gpu.read(buffer, 4 * i, 4))[0];
    expect(await Promise.all([0, 1, 2, 3].map(element))).toEqual([0, 1, 2, 3]);
    const made = vi.spyOn(gpu.device, "createBuffer");
    for (let i = 0; i < 10; i++) expect(await element(i)).toBe(i);
    expect(made).not.toHaveBeenCalled();
  });
});
