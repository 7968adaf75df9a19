import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memory, ones, Tensor, tensor, tidy } from "./index.ts";
import { newestId, shareInScope } from "./tensor.ts";
import { guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

describe("Tensor", () => {
  test("describes itself", () => {
    using x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.rank, x.size, x.shape, x.strides, x.offset]).toEqual([2, 6, [2, 3], [3, 1], 0]);
    expect(`${x}`).toBe(`tensor ${x.id} f32 [2,3]`);
    expect(x).toBeInstanceOf(Tensor);
  });

  test("values have ids that grow; handles of one value share it", () => {
    const before = newestId();
    using x = ones([2]);
    expect(x.id).toBe(before + 1);
    using y = x.reshape([2, 1]);
    expect(y.id).toBe(before + 2);
    using share = x.share();
    expect(share.id).toBe(x.id);
    tidy(() => expect(shareInScope(x).id).toBe(x.id));
  });

  test("a shared handle keeps the memory, in no scope", () => {
    const before = memory().bytes;
    const shares: Tensor[] = [];
    tidy(() => shares.push(ones([4]).share()) as number);
    expect(memory().bytes - before).toBe(16);
    shares[0].dispose();
    expect(memory().bytes).toBe(before);
  });

  test("is disposed of by `using`", () => {
    const kept: Tensor[] = [];
    {
      using x = ones([1]);
      kept.push(x);
    }
    expect(kept[0].isDisposed).toBe(true);
  });
});
