import { expect, test } from "vitest";
import { createReferenceBackend } from "./reference-backend.ts";

test("stores and reads bytes where they belong", async () => {
  const backend = createReferenceBackend();
  const buffer = backend.alloc(16);
  backend.write(buffer, Float32Array.of(1, 2, 3, 4));
  backend.write(buffer, Float32Array.of(9), 8);
  expect([...new Float32Array(await backend.read(buffer, 4, 8))]).toEqual([2, 9]);
  backend.free(buffer);
  backend.dispose();
});

test("a tensor may outlive its backend", () => {
  const backend = createReferenceBackend();
  const buffer = backend.alloc(16);
  backend.dispose();
  expect(() => backend.free(buffer)).not.toThrow();
});

test("writes a view of a larger array, not the array", async () => {
  const backend = createReferenceBackend();
  const buffer = backend.alloc(4);
  backend.write(buffer, Float32Array.of(1, 2, 3).subarray(1, 2));
  expect([...new Float32Array(await backend.read(buffer, 0, 4))]).toEqual([2]);
  backend.dispose();
});

test("has every required kernel and no fused one", () => {
  const backend = createReferenceBackend();
  expect(Object.keys(backend.kernels).sort()).toEqual([
    "argReduce",
    "binary",
    "cast",
    "copy",
    "fill",
    "gather",
    "iota",
    "matmul",
    "random",
    "reduce",
    "scan",
    "scatterAdd",
    "topK",
    "unary",
    "where",
  ]);
  expect(backend.fused).toEqual({});
});
