import type { View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { CallKey } from "./call-key.ts";

const view = (change: Partial<View> = {}): View => ({
  ...{ buffer: 1, dtype: "f32", shape: [2, 3], strides: [3, 1], offset: 0 },
  ...change,
});

/** The words of a call; null where it has none. */
function words(
  inputs: readonly (View | null)[],
  outputs: readonly View[],
  attrs: object = {},
  kernel = 0,
): readonly number[] | null {
  return key.write(kernel, inputs, outputs, attrs) ? [...key.copy()] : null;
}

const key = new CallKey();
const plain = words([view()], [view({ buffer: 2 })], { op: "exp", a: 0 });

test("calls that differ in their buffers alone have the same words", () => {
  expect(words([view({ buffer: 7 })], [view({ buffer: 3 })], { op: "exp", a: 0 })).toEqual(plain);
  expect(key.handles).toEqual([7, 3]);
  const hash = key.hash();
  key.write(0, [view({ buffer: 8 })], [view({ buffer: 4 })], { op: "exp", a: 0 });
  expect(key.hash()).toBe(hash);
  expect(key.is(Int32Array.from(plain ?? []))).toBe(true);
});

test.each<[string, readonly number[] | null]>([
  ["the kernel", words([view()], [view({ buffer: 2 })], { op: "exp", a: 0 }, 1)],
  ["a dtype", words([view({ dtype: "f16" })], [view({ buffer: 2 })], { op: "exp", a: 0 })],
  ["a shape", words([view({ shape: [3, 2] })], [view({ buffer: 2 })], { op: "exp", a: 0 })],
  ["a stride", words([view({ strides: [0, 1] })], [view({ buffer: 2 })], { op: "exp", a: 0 })],
  ["an offset", words([view({ offset: 4 })], [view({ buffer: 2 })], { op: "exp", a: 0 })],
  ["what shares a buffer", words([view()], [view()], { op: "exp", a: 0 })],
  ["what is an input", words([], [view(), view({ buffer: 2 })], { op: "exp", a: 0 })],
  ["what is absent", words([view(), null], [view({ buffer: 2 })], { op: "exp", a: 0 })],
  ["a name", words([view()], [view({ buffer: 2 })], { op: "log", a: 0 })],
  ["a number", words([view()], [view({ buffer: 2 })], { op: "exp", a: 1e-5 })],
  ["the sign of zero", words([view()], [view({ buffer: 2 })], { op: "exp", a: -0 })],
  ["the name of an attribute", words([view()], [view({ buffer: 2 })], { op: "exp", b: 0 })],
  ["an attribute that is absent", words([view()], [view({ buffer: 2 })], { op: "exp" })],
  ["a list", words([view()], [view({ buffer: 2 })], { op: "exp", a: [0] })],
])("another one has other words where it differs in %s", (_, other) => {
  expect(other).not.toBeNull();
  expect(other).not.toEqual(plain);
});

test("attributes are told apart by value, not by identity", () => {
  const attrs = () => ({ axes: [0, 1], eps: 1e-5, nan: Number.NaN, big: 2 ** 40, on: true, none: null });
  expect(words([], [view()], attrs())).toEqual(words([], [view({ buffer: 5 })], attrs()));
  const others = [
    { ...attrs(), on: false },
    { ...attrs(), none: undefined },
    { ...attrs(), axes: [0] },
  ];
  for (const other of others) expect(words([], [view()], other)).not.toEqual(words([], [view()], attrs()));
});

test("a call has no words where an attribute is an object, or a number does not fit", () => {
  expect(words([], [view()], { mods: { steps: [] } })).toBeNull();
  expect(words([], [view()], { list: [{}] })).toBeNull();
  expect(words([view({ offset: 2 ** 31 })], [view()])).toBeNull();
  expect(words([view({ offset: 2 ** 31 - 1 })], [view()])).not.toBeNull();
});

test("calls have as many operands as they like", () => {
  const many = Array.from({ length: 100 }, (_, i) => view({ buffer: i, offset: i }));
  expect(words(many, [])).toHaveLength(2 + 100 * 8);
  expect(words(many.slice(1), [])).toHaveLength(2 + 99 * 8);
});
