import { expect, test } from "vitest";
import { LifetimeError, ones } from "../index.ts";
import { guardMemory } from "./guard-memory.ts";

const nothing = (): void => {};

test("tells what was left behind", () => {
  let [before, after] = [nothing, nothing];
  guardMemory({
    beforeEach: (fn) => {
      before = fn;
    },
    afterEach: (fn) => {
      after = fn;
    },
  });
  before();
  const x = ones([4]);
  expect(after).toThrow(new LifetimeError("guardMemory: 1 tensors, 1 buffers, 16 bytes were left behind"));
  x.dispose();
  after();
});
