/** What the kernel tests share: every configuration, tensors from plain arrays, reading back, odd layouts. */
import type { Backend, DType, View } from "@saccade/core/backend";
import { bytesPerElement } from "@saccade/core/backend";
import { describe } from "vitest";
import type { CpuBackend } from "../backend.ts";
import { createCpuBackend } from "../create-backend.ts";
import type { CpuBackendOptions } from "../options.ts";
import { blasFact, blasFound } from "./blas.ts";

const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array, f16: Uint16Array };

/** A backend whose workers take part in every job, however small. */
async function eagerBackend(options: CpuBackendOptions): Promise<CpuBackend> {
  const backend = await createCpuBackend(options);
  backend.internals.wasm.shareEverything(1);
  return backend;
}

/** Runs a suite on both SIMD builds, alone and with a worker. */
export function forEachConfiguration(suite: (create: () => Promise<CpuBackend>, name: string) => void): void {
  for (const simd of ["relaxed", "baseline"] as const) {
    for (const threads of [1, 2]) {
      const name = `${simd}, threads ${threads}`;
      describe(name, () => suite(() => eagerBackend({ simd, threads, blas: "off" }), name));
    }
  }
}

/** As `forEachConfiguration`, and once more with the system's BLAS; skipped, with the reason, where there is none. */
export function forEachConfigurationAndBlas(
  suite: (create: () => Promise<CpuBackend>, name: string) => void,
): void {
  forEachConfiguration(suite);
  describe.skipIf(!blasFound)(`BLAS: ${blasFact}`, () => suite(() => eagerBackend({ threads: 2 }), "BLAS"));
}

/** `run` on 1 to 4 threads; the results, to be compared bit for bit. */
export async function forEachThreadCount<T>(
  run: (backend: CpuBackend) => Promise<T> | T,
  options: CpuBackendOptions = { blas: "off" },
): Promise<T[]> {
  const results: T[] = [];
  for (const threads of [1, 2, 3, 4]) {
    const backend = await eagerBackend({ ...options, threads });
    results.push(await run(backend));
    await backend.dispose();
  }
  return results;
}

/** A contiguous tensor. Values default to NaN (0 for integers): what a kernel must not leave behind. */
export function tensor(
  backend: Backend,
  dtype: DType,
  shape: readonly number[],
  values?: ArrayLike<number>,
): View {
  const size = shape.reduce((a, b) => a * b, 1);
  const buffer = backend.alloc(size * bytesPerElement[dtype]);
  const data = values ? arrays[dtype].from(values) : new arrays[dtype](size).fill(Number.NaN);
  if (data.length !== size) throw new Error(`tensor: ${data.length} values for [${shape}]`);
  backend.write(buffer, data);
  return { buffer, dtype, shape, strides: contiguous(shape), offset: 0 };
}

export function contiguous(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** The values of a view, row-major, through `memory` directly (no await). */
export async function readView(backend: Backend, view: View): Promise<number[]> {
  const { shape, strides } = view;
  const size = shape.reduce((a, b) => a * b, 1);
  if (size === 0) return [];
  const last = view.offset + shape.reduce((sum, n, i) => sum + (n - 1) * Math.max(0, strides[i]), 0);
  const all = new arrays[view.dtype](
    await backend.read(view.buffer, 0, (last + 1) * bytesPerElement[view.dtype]),
  );
  const values = new Array<number>(size);
  for (let flat = 0; flat < size; flat++) {
    let rest = flat;
    let at = view.offset;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += (rest % shape[d]) * strides[d];
      rest = Math.floor(rest / shape[d]);
    }
    values[flat] = all[at];
  }
  return values;
}

/** The same values in memory with dimensions `i` and `j` exchanged: equal shape and values, other strides. */
export function transposed(
  backend: Backend,
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
  i = shape.length - 2,
  j = shape.length - 1,
): View {
  const order = shape.map((_, d) => (d === i ? j : d === j ? i : d));
  const stored = order.map((d) => shape[d]);
  const inner = contiguous(stored);
  const strides = order.map((d) => inner[d]);
  const data = new Array<number>(values.length);
  for (let flat = 0; flat < values.length; flat++) {
    let rest = flat;
    let at = 0;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += (rest % shape[d]) * strides[d];
      rest = Math.floor(rest / shape[d]);
    }
    data[at] = values[flat];
  }
  return { ...tensor(backend, dtype, stored, data), shape, strides };
}

/** Reproducible values in [-1, 1). */
export function noise(size: number, seed = 1): Float32Array {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
