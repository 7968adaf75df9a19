import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DType } from "./backend.ts";
import { DTypeError, full, ones, ShapeError, scalar, type TensorData, tensor, zeros } from "./index.ts";
import { createReferenceBackend } from "./reference/index.ts";
import { evaluate, guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

/** Shape and dtype of a tensor of these numbers. */
function specOf(data: TensorData, options = {}): [readonly number[], DType] {
  using x = tensor(data, options);
  return [x.shape, x.dtype];
}

describe("tensor", () => {
  test("takes its shape from the nesting, its dtype from the numbers", () => {
    expect(specOf(3)).toEqual([[], "f32"]);
    expect(specOf([])).toEqual([[0], "f32"]);
    expect(specOf([[], []])).toEqual([[2, 0], "f32"]);
    expect(
      specOf([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual([[2, 3], "f32"]);
    expect(specOf([[[true]], [[false]]])).toEqual([[2, 1, 1], "u8"]);
    expect(specOf(true)).toEqual([[], "u8"]);
    expect(specOf([1], { dtype: "i32" })).toEqual([[1], "i32"]);
  });

  test("typed arrays are flat and keep their type", async () => {
    expect(specOf(new Float64Array(2))).toEqual([[2], "f64"]);
    expect(specOf(new Int32Array(6), { shape: [2, 3] })).toEqual([[2, 3], "i32"]);
    expect(specOf(new Uint8Array(2))).toEqual([[2], "u8"]);
    expect(specOf(new Float64Array(2), { dtype: "f32" })).toEqual([[2], "f32"]);
    // A view of a larger buffer, at an odd place.
    const part = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    expect(await evaluate(() => tensor(part))).toEqual([1, 2]);
  });

  test("copies: later changes of the array do not show", async () => {
    const data = new Float32Array([1, 2]);
    using x = tensor(data);
    data[0] = 7;
    expect(await evaluate(() => x)).toEqual([1, 2]);
  });

  test("keeps what f32, f64 and i32 can hold", async () => {
    expect(await evaluate(() => tensor([0.1], { dtype: "f64" }))).toEqual([0.1]);
    expect(await evaluate(() => tensor([0.1]))).toEqual([Math.fround(0.1)]);
    expect(await evaluate(() => tensor([2 ** 31 - 1, -(2 ** 31)], { dtype: "i32" }))).toEqual([
      2 ** 31 - 1,
      -(2 ** 31),
    ]);
  });

  test("errors", () => {
    const ragged = [
      [[1, 2], [3]],
      [[1], 2],
      [1, [2]],
      [[1], []],
      [[], [1]],
    ];
    for (const data of ragged) expect(() => tensor(data as TensorData)).toThrow(ShapeError);
    for (const [data, got] of [
      ["1", "1"],
      [undefined, "undefined"],
      [[[1, null]], "null"],
      [[{}], "Object"],
    ]) {
      expect(() => tensor(data as TensorData)).toThrow(`tensor: takes numbers and booleans (got ${got})`);
    }
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
      new ShapeError("tensor: 3 numbers do not fill [2,2]"),
    );
    const floats = { ...createReferenceBackend(), name: "floats", dtypes: new Set<DType>(["f32"]) };
    expect(() => tensor([1], { dtype: "f64", backend: floats })).toThrow(
      new DTypeError("tensor: the floats backend has no f64 (it has f32)"),
    );
    expect(() => zeros([1], { dtype: "f64", backend: floats })).toThrow(DTypeError);
  });
});

test("scalar, zeros, ones, full", async () => {
  expect(await evaluate(() => scalar(2.5))).toEqual([2.5]);
  expect(await evaluate(() => zeros([2]))).toEqual([0, 0]);
  expect(await evaluate(() => ones([2, 0]))).toEqual([]);
  expect(await evaluate(() => full([2], 7, { dtype: "u8" }))).toEqual([7, 7]);
  for (const shape of [[-1], [1.5], [Number.NaN]]) expect(() => zeros(shape)).toThrow(ShapeError);
});

test("array() nests as deep as the shape", async () => {
  using x = tensor([[[1, 2]], [[3, 4]]]);
  expect(await x.array()).toEqual([[[1, 2]], [[3, 4]]]);
  using empty = zeros([2, 0]);
  expect(await empty.array()).toEqual([[], []]);
});
