import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keep, LifetimeError, memory, ones, type Tensor, tidy, zeros } from "./index.ts";
import { forEachTensor } from "./scope.ts";
import { guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

describe("tidy", () => {
  test("frees what it does not return", () => {
    const before = memory();
    using y = tidy(() => {
      const x = ones([100]);
      expect(memory().bytes - before.bytes).toBe(400);
      return x.add(1).mul(2).slice([0, 10]);
    });
    // A view keeps its storage, and nothing else.
    expect(y.shape).toEqual([10]);
    expect(memory().tensors - before.tensors).toBe(1);
    expect(memory().bytes - before.bytes).toBe(400);
  });

  test("lets arrays and plain records through, as deep as they go", () => {
    const result = tidy(() => ({
      list: [ones([1]), { deep: zeros([2]) }],
      number: 3,
      none: null,
      name: "x",
    }));
    const [first, { deep }] = result.list as [Tensor, { deep: Tensor }];
    expect([first.isDisposed, deep.isDisposed]).toEqual([false, false]);
    first.dispose();
    deep.dispose();
  });

  test("does not look into class instances, which own what they hold", () => {
    class Holder {
      readonly tensor = ones([1]);
    }
    expect(tidy(() => new Holder()).tensor.isDisposed).toBe(true);
  });

  test("nests: what leaves an inner scope belongs to the outer one", () => {
    let inner: Tensor | null = null;
    const outer = tidy(() => {
      inner = tidy(() => ones([2]).add(1));
      expect(inner.isDisposed).toBe(false);
      return inner.mul(2);
    });
    expect((inner as Tensor | null)?.isDisposed).toBe(true);
    expect(outer.isDisposed).toBe(false);
    outer.dispose();
  });

  test("leaves alone what was made outside, returned or not", () => {
    using x = ones([2]);
    expect(tidy(() => x)).toBe(x);
    tidy(() => {
      x.add(1);
    });
    expect(x.isDisposed).toBe(false);
    tidy(() => {
      const own = ones([1]);
      tidy(() => own);
      expect(own.isDisposed).toBe(false);
    });
  });

  test("frees all, and ends its scope, when the function throws", () => {
    const before = memory().tensors;
    expect(() =>
      tidy(() => {
        ones([3]);
        throw new RangeError("no");
      }),
    ).toThrow(RangeError);
    expect(memory().tensors).toBe(before);
    const free = ones([1]); // in no scope: nothing frees it but us
    expect(free.isDisposed).toBe(false);
    free.dispose();
  });

  test("refuses what is asynchronous", async () => {
    const pending: Promise<unknown>[] = [];
    const asynchronous = async (): Promise<void> => {
      const work = Promise.resolve();
      pending.push(work);
      const x = ones([2]);
      await work;
      x.add(1); // throws, but nobody is left to hear it
    };
    const message = "tidy: the function is asynchronous; keep() what must survive an await";
    expect(() => tidy(asynchronous as () => never)).toThrow(new LifetimeError(message));
    // biome-ignore lint/suspicious/noThenProperty: the point of the test
    const thenable = { then: (resolve: () => void) => resolve() };
    expect(() => tidy((() => thenable) as () => never)).toThrow(LifetimeError);
    await Promise.all(pending);
  });
});

describe("use after dispose", () => {
  test("names the tensor", () => {
    const lost: Tensor[] = [];
    tidy(() => {
      lost.push(ones([2, 3]));
    });
    const [x] = lost;
    const message = `tensor ${x.id} f32 [2,3] was used after its memory was given back; return it from the tidy() that made it, or keep() it`;
    expect(() => x.add(1)).toThrow(new LifetimeError(message));
    expect(() => x.reshape([6])).toThrow(message);
    expect(() => x.backend).toThrow(message);
    // What needs no memory still answers.
    expect([x.rank, x.size, x.dtype, x.isDisposed]).toEqual([2, 6, "f32", true]);
  });

  test("also asynchronously", async () => {
    const x = ones([2]);
    x.dispose();
    await expect(x.data()).rejects.toThrow(LifetimeError);
    await expect(x.item()).rejects.toThrow("item: needs a tensor of one element");
  });

  test("disposing twice is harmless", () => {
    const x = ones([2]);
    using view = x.reshape([2, 1]);
    x.dispose();
    x.dispose();
    expect(view.isDisposed).toBe(false);
  });
});

describe("keep", () => {
  test("outlives every scope around it", () => {
    const x = tidy(() => tidy(() => keep(ones([2]))));
    const again = tidy(() => x);
    expect(again.isDisposed).toBe(false);
    x.dispose();
  });

  test("reading goes on after the scope has ended", async () => {
    const pending: Promise<ArrayLike<number>>[] = [];
    tidy(() => {
      pending.push(ones([2]).mul(3).data());
    });
    expect(Array.from(await pending[0])).toEqual([3, 3]);
  });
});

test("forEachTensor visits tensors, arrays and plain records", () => {
  tidy(() => {
    const [a, b, c] = [ones([1]), ones([2]), ones([3])];
    const seen: Tensor[] = [];
    const bare: unknown = Object.assign(Object.create(null), { c });
    forEachTensor([a, { b }, [bare], null, 3, "text", new Map([["a", a]])], (tensor) => seen.push(tensor));
    expect(seen).toEqual([a, b, c]);
  });
});
