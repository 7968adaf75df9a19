import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createCpuBackend } from "./create-backend.ts";
import { CpuDisposedError, CpuOptionError, OutOfMemoryError } from "./errors.ts";
import type { CpuBackendOptions } from "./options.ts";

test("options are checked", async () => {
  const wrong: [unknown, RegExp][] = [
    [{ threads: 0 }, /threads is "auto" or 1 to 64 \(got 0\)/],
    [{ threads: 1.5 }, /got 1.5/],
    [{ threads: "many" }, /got many/],
    [{ simd: "avx512" }, /simd is .* \(got avx512\)/],
    [{ blas: "" }, /blas is/],
    [{ memoryLimit: -1 }, /memoryLimit is a positive/],
    [{ memoryLimit: 1000 }, /the kernels themselves need/],
    [{ thread: 2 }, /unknown option \(thread\)/],
  ];
  for (const [options, message] of wrong) {
    const made = createCpuBackend(options as CpuBackendOptions);
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(CpuOptionError);
  }
});

test("info says what runs and why", async () => {
  const backend = await createCpuBackend({ threads: 2, simd: "baseline", blas: "off" });
  expect(backend.info()).toMatchObject({
    simd: "baseline (as asked for)",
    threads: 2,
    blas: "off (as asked for)",
    liveBytes: 0,
  });
  await backend.dispose();
});

test("write and read at offsets; reading copies", async () => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  const buffer = backend.alloc(100);
  expect(buffer % 64).toBe(0);
  backend.write(buffer, new Uint8Array(100));
  backend.write(buffer, new Float32Array([0, 1, 2, 3]).subarray(1), 8);
  const before = await backend.read(buffer, 8, 12);
  backend.write(buffer, new Float32Array([9]), 8);
  expect([...new Float32Array(before)]).toEqual([1, 2, 3]);
  expect([...new Float32Array(await backend.read(buffer, 8, 4))]).toEqual([9]);
  backend.free(buffer);
  expect(backend.info().liveBytes).toBe(0);
  await backend.dispose();
});

test("memory grows to its limit, then says so", async () => {
  const limit = 200 * 2 ** 20;
  const backend = await createCpuBackend({ threads: 1, blas: "off", memoryLimit: limit });
  const buffer = backend.alloc(100 * 2 ** 20);
  expect(() => backend.alloc(150 * 2 ** 20)).toThrow(OutOfMemoryError);
  backend.free(buffer);
  backend.free(backend.alloc(150 * 2 ** 20));
  await backend.dispose();
});

test("memory beyond 2 GiB is addressed", async () => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  const low = backend.alloc(2 ** 31);
  const high = backend.alloc(4096);
  expect(high).toBeGreaterThan(2 ** 31);
  const view = { buffer: high, dtype: "f32", shape: [1000], strides: [1], offset: 0 } as const;
  backend.kernels.fill([], [view], { value: 7 });
  const values = new Float32Array(await backend.read(high, 0, 4000));
  expect(values.every((value) => value === 7)).toBe(true);
  backend.free(low);
  await backend.dispose();
});

test("a disposed backend throws, and dispose may be repeated", async () => {
  const backend = await createCpuBackend({ threads: 2, blas: "off" });
  await backend.dispose();
  await backend.dispose();
  expect(() => backend.alloc(1)).toThrow(CpuDisposedError);
  await expect(backend.read(0, 0, 1)).rejects.toThrow(CpuDisposedError);
});

test("several backends at once, made and disposed again and again", async () => {
  for (let i = 0; i < 5; i++) {
    const backends = await Promise.all(
      [1, 2, 3].map((threads) => createCpuBackend({ threads, blas: "off" })),
    );
    await Promise.all(backends.map((backend) => backend.dispose()));
  }
});

/** Runs a script in a process of its own; returns its output once it has ended by itself. */
function ended(script: string): string {
  const index = fileURLToPath(new URL("./index.ts", import.meta.url));
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    [
      "--conditions=@saccade/source",
      "--input-type=module",
      "-e",
      `import { createCpuBackend } from ${JSON.stringify(index)}; ${script}`,
    ],
    { encoding: "utf8", timeout: 20_000 },
  );
  if (status !== 0) throw new Error(`ended with ${status ?? signal}: ${stderr}`);
  return stdout.trim();
}

const work = `
  const backend = await createCpuBackend({ threads: 3 });
  const view = (shape, buffer) => ({ buffer, dtype: "f32", shape, strides: [shape[1], 1], offset: 0 });
  const [a, b, c] = [0, 1, 2].map(() => view([300, 300], backend.alloc(360000)));
  for (const x of [a, b]) backend.kernels.fill([], [x], { value: 1 });
  backend.kernels.matmul([a, b], [c], {});
  console.log(new Float32Array(await backend.read(c.buffer, 0, 4))[0]);`;

test("the process ends by itself, disposed or not, and on process.exit", () => {
  expect(ended(work)).toBe("300");
  expect(ended(`${work} await backend.dispose();`)).toBe("300");
  expect(ended(`${work} process.exit(0);`)).toBe("300");
  // Workers asleep rather than spinning.
  expect(ended(`${work} await new Promise((resolve) => setTimeout(resolve, 50));`)).toBe("300");
});

test("without SharedArrayBuffer: one thread, with a note", () => {
  const output = ended(`
    delete globalThis.SharedArrayBuffer;
    const backend = await createCpuBackend();
    const view = { buffer: backend.alloc(40), dtype: "f32", shape: [10], strides: [1], offset: 0 };
    backend.free(backend.alloc(2 ** 26)); // grows, which detaches the old memory
    backend.kernels.fill([], [view], { value: 5 });
    console.log(new Float32Array(await backend.read(view.buffer, 0, 40)).join(""), backend.info().threadsNote, backend.info().blas);
    await createCpuBackend({ threads: 2 }).catch((error) => console.log(error.message));`);
  expect(output).toMatch(/^5555555555 SharedArrayBuffer is unavailable.*memory is not shared/);
  expect(output).toMatch(/threads need SharedArrayBuffer/);
});
