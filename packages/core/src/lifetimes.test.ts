import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as core from "./index.ts";
import {
  checkpoint,
  grad,
  Key,
  noGrad,
  ones,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  zeros,
} from "./index.ts";
import { AdamW, clipGradNorm } from "./optim/index.ts";
import { createReferenceBackend } from "./reference/index.ts";
import { guardMemory, leftBehind } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

const nothing = { tensors: 0, buffers: 0, bytes: 0 };

describe("where no scope is open, gradients leave their result and nothing else", () => {
  const calls: Readonly<Record<string, (x: Tensor) => unknown>> = {
    checkpoint: (x) => checkpoint((y) => y.exp().mul(y), x),
    grad: (x) => grad(() => x.square().mean(), [x]),
    "grad of grad": (x) => grad(() => grad(() => x.pow(3).sum(), [x])[0].sum(), [x]),
    noGrad: (x) => noGrad(() => x.mean()),
    tensor: () => tensor([1, 2]),
    valueAndGrad: (x) => {
      const { value, aux, grads } = valueAndGrad(() => {
        const y = x.exp();
        return { loss: checkpoint((z) => z.mean(), y), aux: { y, x } };
      }, [x]);
      aux.x.dispose(); // a handle of its own, of a value that was there before
      return [value, aux.y, grads];
    },
    vjp: (x) => {
      const { outputs, grads } = vjp(() => [x.mean(), x.exp()], [x], [null, x]);
      return [outputs, grads];
    },
  };

  test.each(Object.entries(calls))("%s", async (_, call) => {
    using x = ones([2, 3]);
    expect(await leftBehind(() => call(x))).toEqual(nothing);
    expect([x.isDisposed, x.scope]).toEqual([false, null]);
  });
});

describe("where no scope is open, what a later op of a function refuses leaves nothing", () => {
  const calls: Readonly<Record<string, (x: Tensor, wide: Tensor, ids: Tensor) => unknown>> = {
    addcmul: (x, wide) => core.addcmul(wide, x, x),
    checkpoint: (x, wide) => checkpoint((y) => y.exp().add(wide), x),
    conv1d: (x, wide) => core.conv1d(x, wide),
    crossEntropy: (x, wide, ids) => core.crossEntropy(x, ids, { weight: wide }),
    groupNorm: (x, wide) => core.groupNorm(x, 1, wide),
    pad: (x) => core.pad(x, [9, 9, 1, 1], { mode: "reflect" }),
    stack: (x, wide) => core.stack([x, wide]),
    valueAndGrad: (x, wide) => valueAndGrad(() => x.exp().mul(wide).sum(), [x]),
  };

  test.each(Object.entries(calls))("%s", async (_, call) => {
    using x = ones([2, 3]);
    using wide = ones([4]);
    using ids = zeros([2], { dtype: "i32" });
    expect(await leftBehind(() => expect(() => call(x, wide, ids)).toThrow())).toEqual(nothing);
  });
});

/** The reference backend with memory for `room.allocations` more buffers. */
function smallBackend() {
  const backend = createReferenceBackend();
  const room = { allocations: Number.POSITIVE_INFINITY };
  const alloc = (bytes: number): number => {
    if (room.allocations-- === 0) throw new Error("out of memory");
    return backend.alloc(bytes);
  };
  return { room, backend: { ...backend, alloc } };
}

describe("where no scope is open, a function that runs out of memory leaves nothing", () => {
  const calls: Readonly<Record<string, (x: Tensor, ids: Tensor) => unknown>> = {
    adamw: (x) => {
      using optimizer = new AdamW([x], { lr: 0.1 });
      optimizer.step([x]);
    },
    checkpoint: (x) => valueAndGrad(() => checkpoint((y) => y.exp().mul(y).mean(), x), [x]),
    clipGradNorm: (x) => clipGradNorm([x, x], 1),
    crossEntropy: (x, ids) => core.crossEntropy(x, ids, { labelSmoothing: 0.1 }),
    cummax: (x) => core.cummax(x, 1),
    einsum: (x) => core.einsum("ij,kj,kl->il", x, x, x),
    embeddingBag: (x, ids) => core.embeddingBag(ids, x, { offsets: ids, mode: "max" }),
    "grad of grad": (x) => grad(() => grad(() => x.pow(3).add(x.exp()).sum(), [x])[0].sum(), [x]),
    layerNorm: (x) => core.layerNorm(x),
    maskedSelect: (x) => core.maskedSelect(x, x),
    topK: (x) => core.topK(x, 2),
    unique: (x) => core.unique(x),
    valueAndGrad: (x, ids) =>
      valueAndGrad(() => core.crossEntropy(core.dropout(x, 0.5, new Key(0)), ids), [x]),
  };

  test.each(Object.entries(calls))("%s, whichever allocation fails", async (_, call) => {
    const { room, backend } = smallBackend();
    using x = ones([2, 3], { backend });
    using ids = zeros([2], { dtype: "i32", backend });
    let failed = true;
    for (let allocations = 0; failed; allocations++) {
      const attempt = async (): Promise<unknown> => {
        failed = false;
        room.allocations = allocations;
        try {
          return await call(x, ids);
        } catch {
          failed = true;
          return null;
        }
      };
      expect({ allocations, ...(await leftBehind(attempt)) }).toEqual({ allocations, ...nothing });
    }
    expect(x.isDisposed).toBe(false);
  });

  test("nor does a kernel that throws", async () => {
    const reference = createReferenceBackend();
    const topK = (): void => {
      throw new Error("the kernel failed");
    };
    using x = ones([2, 3], { backend: { ...reference, kernels: { ...reference.kernels, topK } } });
    expect(await leftBehind(() => expect(() => core.sort(x)).toThrow("the kernel failed"))).toEqual(nothing);
  });
});
