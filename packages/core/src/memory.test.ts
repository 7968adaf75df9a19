import { expect, test } from "vitest";
import { memory, ones, resetPeak, tidy, zeros } from "./index.ts";

test("counts tensors, buffers and bytes, now and at most", () => {
  const before = memory();
  resetPeak();
  expect(memory().peakBytes).toBe(before.bytes);
  const x = ones([10]);
  const view = x.reshape([2, 5]);
  expect(memory().tensors - before.tensors).toBe(2);
  expect(memory().buffers - before.buffers).toBe(1);
  expect(memory().bytes - before.bytes).toBe(40);
  x.dispose();
  expect(memory().bytes - before.bytes).toBe(40);
  view.dispose();
  tidy(() => zeros([25], { dtype: "f64" }).cast("u8"));
  const { tensors, buffers, bytes, peakBytes } = memory();
  expect({ tensors, buffers, bytes }).toEqual({
    tensors: before.tensors + 1,
    buffers: before.buffers + 1,
    bytes: before.bytes + 25,
  });
  expect(peakBytes - before.bytes).toBe(225);
});
