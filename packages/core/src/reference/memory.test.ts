import { expect, test } from "vitest";
import { positions, ReferenceMemory, withoutAxis } from "./memory.ts";

const view = { buffer: 1, dtype: "f32", shape: [2, 3], strides: [3, 1], offset: 0 } as const;

test("positions walk a view row by row, whatever its strides", () => {
  expect([...positions(view)]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...positions({ ...view, shape: [3, 2], strides: [1, 3] })]).toEqual([0, 3, 1, 4, 2, 5]);
  expect([...positions({ ...view, strides: [0, -1], offset: 2 })]).toEqual([2, 1, 0, 2, 1, 0]);
  expect([...positions({ ...view, shape: [], strides: [], offset: 7 })]).toEqual([7]);
  expect([...positions({ ...view, shape: [2, 0] })]).toEqual([]);
});

test("a view without an axis", () => {
  expect(withoutAxis(view, 0)).toMatchObject({ shape: [3], strides: [1] });
});

test("buffers are freed once, and not read afterwards", () => {
  const memory = new ReferenceMemory();
  const handle = memory.alloc(5);
  expect(memory.bytes(handle).byteLength).toBe(8);
  memory.free(handle);
  expect(() => memory.free(handle)).toThrow("freed twice");
  expect(() => memory.bytes(handle)).toThrow("does not exist");
});
