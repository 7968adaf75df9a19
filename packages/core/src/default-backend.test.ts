import { afterEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  adamwStep,
  assign,
  getBackend,
  matmul,
  ones,
  setBackend,
  tensor,
  tidy,
  withBackend,
  zeros,
} from "./index.ts";
import { createReferenceBackend } from "./reference/index.ts";

const first = getBackend();
afterEach(() => setBackend(first));

describe("the default backend", () => {
  test("is a reference backend until one is set", () => {
    expect(first.name).toBe("reference");
    expect(getBackend()).toBe(first);
    const other = createReferenceBackend();
    using before = zeros([1]);
    setBackend(other);
    using after = zeros([1]);
    expect([before.backend, after.backend]).toEqual([first, other]);
  });

  test("may be another one for a while", () => {
    const other = createReferenceBackend();
    using x = withBackend(other, () => tensor([1]));
    expect(x.backend).toBe(other);
    expect(getBackend()).toBe(first);
    expect(() =>
      withBackend(other, () => {
        throw new RangeError("no");
      }),
    ).toThrow(RangeError);
    expect(getBackend()).toBe(first);
    expect(() => withBackend(other, async () => 1)).toThrow(ArgumentError);
    expect(getBackend()).toBe(first);
  });

  test("tensors of two backends do not mix; to() moves one", async () => {
    const other = createReferenceBackend();
    using x = ones([2, 2]);
    using y = ones([2, 2], { backend: other });
    expect(() => x.add(y)).toThrow(
      "add: inputs live on two backends (reference, reference); move one with to()",
    );
    expect(() => matmul(x, y)).toThrow(ArgumentError);
    expect(() => assign(x, y)).toThrow("assign: inputs live on two backends (reference, reference)");
    const numbers = { lr: 1, beta1: 0, beta2: 0, eps: 1, weightDecay: 0, step: 1, decoupled: true };
    expect(() => adamwStep({ param: x, m: x, v: y }, x, numbers)).toThrow(
      "adamwStep: inputs live on two backends (reference, reference)",
    );
    using z = await x.to(other);
    using sum = tidy(() => z.add(y));
    expect(Array.from(await sum.data())).toEqual([2, 2, 2, 2]);
  });
});
