import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  DTypeError,
  Key,
  keep,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "../index.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { BatchNorm, Embedding, Linear, Module, Parameter } from "./index.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

class Block extends Module {
  readonly inner: Linear;
  readonly scale = new Parameter(ones([2]));
  constructor(n: number) {
    super();
    this.inner = new Linear(2, 2, { key: key.fold(n), bias: false });
  }
}

/** Everything that a tree may be made of. */
class Model extends Module {
  readonly embedding = new Embedding(5, 2, { key });
  readonly blocks = [new Block(1), new Block(2)];
  readonly heads = { left: new Linear(2, 1, { key }), right: [new Parameter(zeros([3]))] };
  readonly counts = keep(zeros([1], { dtype: "i32" }));
  readonly tied: Parameter = this.embedding.weight;
  readonly shared: Block = this.blocks[0];
  readonly absent: Linear | null = null;
  readonly config = { width: 2, names: ["a", "b"] };
  readonly #hidden = new Parameter(ones([1]));

  override dispose(): void {
    super.dispose();
    this.#hidden.dispose();
  }
}

const names = [
  "embedding.weight",
  "blocks.0.inner.weight",
  "blocks.0.scale",
  "blocks.1.inner.weight",
  "blocks.1.scale",
  "heads.left.weight",
  "heads.left.bias",
  "heads.right.0",
  "counts",
];

describe("the tree of a module", () => {
  test("is its public fields: arrays, records, parameters, buffers, each tensor once", () => {
    using model = new Model();
    expect(Object.keys(model.stateDict())).toEqual(names);
    expect(Array.from(model.namedParameters(), ([name]) => name)).toEqual(names.slice(0, -1));
    expect(model.parameters()).toEqual(names.slice(0, -1).map((name) => model.stateDict()[name]));
    expect(model.countParameters()).toBe(10 + 2 * (4 + 2) + 3 + 3);
    expect(model.stateDict()["embedding.weight"]).toBe(model.tied);
    expect(Array.from(model.namedModules(), ([name]) => name)).toEqual([
      "",
      "embedding",
      "blocks.0",
      "blocks.0.inner",
      "blocks.1",
      "blocks.1.inner",
      "heads.left",
      "shared",
      "shared.inner",
    ]);
  });

  test("dispose() frees it, and twice is harmless", () => {
    const model = new Model();
    model.dispose();
    expect(model.blocks[1].inner.weight.isDisposed).toBe(true);
    model.dispose();
  });

  test("survives the scopes in which it is made", () => {
    const model = tidy(() => new BatchNorm(3));
    expect(model.parameters().some(({ isDisposed }) => isDisposed)).toBe(false);
    expect(model.runningMean.isDisposed).toBe(false);
    model.dispose();
  });

  test("leaves nothing but its parameters when it is made outside of scopes", () => {
    using linear = new Linear(3, 2, { key }); // guardMemory counts
    expect(linear.parameters().length).toBe(2);
  });

  test("a way back to the top is an error, not an endless walk", () => {
    class Child extends Module {
      parent: Module | null = null;
    }
    class Top extends Module {
      readonly child = new Child();
    }
    const top = new Top();
    top.child.parent = top;
    expect(() => top.parameters()).toThrow(
      new ArgumentError(
        "Module: child.parent leads back to a module that it is part of; keep it in a #private field",
      ),
    );
  });
});

describe("loadStateDict", () => {
  test("round trip", async () => {
    using from = new Model();
    using to = new Model();
    tidy(() => {
      for (const [i, [, parameter]] of [...from.namedParameters()].entries()) {
        parameter.backend.kernels.fill([], [parameter], { value: i });
      }
    });
    expect(to.loadStateDict(from.stateDict())).toEqual({ missing: [], unexpected: [] });
    for (const [name, value] of Object.entries(from.stateDict())) {
      expect(await to.stateDict()[name].data(), name).toEqual(await value.data());
    }
    expect(to.tied).toBe(to.embedding.weight);
  });

  test("casts between floats, as goldens and checkpoints need it", async () => {
    using model = new Linear(1, 1, { key, bias: false, dtype: "f64" });
    using weight = tensor([[0.1]]);
    model.loadStateDict({ weight });
    expect(await evaluate(() => model.weight)).toEqual([Math.fround(0.1)]);
    expect(model.weight.dtype).toBe("f64");
  });

  test("a tied tensor may come under any of its names", async () => {
    using model = new Model();
    const { "embedding.weight": own, ...rest } = model.stateDict();
    using weight = ones(own.shape);
    expect(model.loadStateDict({ ...rest, tied: weight })).toEqual({ missing: [], unexpected: [] });
    expect(await evaluate(() => model.embedding.weight.sum())).toEqual([10]);
    expect(
      model.loadStateDict({ ...model.stateDict(), tied: weight, "shared.scale": model.shared.scale })
        .unexpected,
    ).toEqual([]);
  });

  test("names what is missing and unexpected; not strict, it loads the rest", async () => {
    using model = new Linear(2, 1, { key });
    using weight = ones([1, 2]);
    const state: Record<string, Tensor> = { weight, other: weight };
    expect(() => model.loadStateDict(state)).toThrow(
      new ArgumentError("loadStateDict: missing bias; unexpected other"),
    );
    expect(await evaluate(() => model.weight)).not.toEqual([1, 1]);
    expect(model.loadStateDict(state, { strict: false })).toEqual({
      missing: ["bias"],
      unexpected: ["other"],
    });
    expect(await evaluate(() => model.weight)).toEqual([1, 1]);
  });

  test("changes nothing where a tensor does not fit", async () => {
    using model = new Linear(2, 1, { key });
    const before = await evaluate(() => model.weight);
    tidy(() => {
      const weight = ones([1, 2]);
      expect(() => model.loadStateDict({ weight, bias: ones([2]) })).toThrow(
        new ShapeError("loadStateDict: bias is [1] (got [2])"),
      );
      expect(() => model.loadStateDict({ weight, bias: ones([1], { dtype: "i32" }) })).toThrow(
        new DTypeError("loadStateDict: bias is f32 (got i32)"),
      );
      const elsewhere = ones([1], { backend: createReferenceBackend() });
      expect(() => model.loadStateDict({ weight, bias: elsewhere })).toThrow(
        new ArgumentError(
          "loadStateDict: bias lives on the reference backend (got one on another one); move it with to()",
        ),
      );
    });
    expect(await evaluate(() => model.weight)).toEqual(before);
  });
});

test("a parameter takes over its value", () => {
  const value = ones([2]);
  using parameter = new Parameter(value);
  expect(value.isDisposed).toBe(true);
  expect(parameter.isDisposed).toBe(false);
  tidy(() => {
    expect(() => new Parameter(ones([1], { dtype: "u8" }))).toThrow("Parameter: must be float");
    expect(() => new Parameter(ones([2, 3]).transpose())).toThrow("Parameter: must be contiguous");
  });
});
