import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  batchNorm,
  conv1d,
  conv2d,
  grad,
  groupNorm,
  Key,
  layerNorm,
  linear,
  memory,
  randn,
  relu,
  rmsNorm,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
} from "../index.ts";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "../testing/index.ts";
import {
  BatchNorm,
  Conv1d,
  Conv2d,
  Dropout,
  Embedding,
  GroupNorm,
  LayerNorm,
  Linear,
  type Module,
  RMSNorm,
  Sequential,
} from "./index.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(3);
const f64 = { dtype: "f64" } as const;

interface Layer {
  readonly name: string;
  readonly create: () => Module & { forward(x: Tensor): Tensor };
  readonly input: readonly number[];
  /** The same by functions, from the module's tensors. */
  readonly expected: (x: Tensor, tensors: Record<string, Tensor>) => Tensor;
}

const layers: readonly Layer[] = [
  {
    name: "Linear",
    create: () => new Linear(3, 2, { key, ...f64 }),
    input: [2, 4, 3],
    expected: (x, { weight, bias }) => linear(x, weight, bias),
  },
  {
    name: "Linear without bias",
    create: () => new Linear(3, 2, { key, bias: false, ...f64 }),
    input: [4, 3],
    expected: (x, { weight }) => linear(x, weight),
  },
  {
    name: "LayerNorm",
    create: () => new LayerNorm([2, 3], { eps: 0.1, ...f64 }),
    input: [4, 2, 3],
    expected: (x, { weight, bias }) => layerNorm(x, weight, bias, { eps: 0.1 }),
  },
  {
    name: "LayerNorm without bias",
    create: () => new LayerNorm(3, { bias: false, ...f64 }),
    input: [4, 3],
    expected: (x, { weight }) => layerNorm(x, weight),
  },
  {
    name: "RMSNorm",
    create: () => new RMSNorm(3, { eps: 0.1, ...f64 }),
    input: [4, 3],
    expected: (x, { weight }) => rmsNorm(x, weight, { eps: 0.1 }),
  },
  {
    name: "GroupNorm",
    create: () => new GroupNorm(2, 4, { eps: 0.1, ...f64 }),
    input: [2, 4, 3],
    expected: (x, { weight, bias }) => groupNorm(x, 2, weight, bias, { eps: 0.1 }),
  },
  {
    name: "BatchNorm",
    create: () => new BatchNorm(3, { eps: 0.1, ...f64 }),
    input: [2, 3, 4],
    expected: (x, { weight, bias, runningMean, runningVar }) =>
      batchNorm(x, { weight, bias, runningMean, runningVar, eps: 0.1 }),
  },
  {
    name: "Conv1d",
    create: () => new Conv1d(4, 6, 3, { key, padding: 1, groups: 2, ...f64 }),
    input: [2, 4, 5],
    expected: (x, { weight, bias }) => conv1d(x, weight, bias, { padding: 1, groups: 2 }),
  },
  {
    name: "Conv2d",
    create: () => new Conv2d(2, 3, [3, 2], { key, stride: 2, bias: false, ...f64 }),
    input: [2, 2, 5, 4],
    expected: (x, { weight }) => conv2d(x, weight, null, { stride: 2 }),
  },
];

describe.each(layers)("$name", ({ create, input, expected }) => {
  test("is what the op gives", async () => {
    using layer = create();
    using x = randn(key.fold(9), input, f64);
    const [got, wanted] = await evaluateAll(() => [layer.forward(x), expected(x, layer.stateDict())]);
    expect(got).toEqual(wanted);
  });

  test("has the right gradients, in x and in its parameters", async () => {
    using layer = create();
    using x = randn(key.fold(9), input, f64);
    const names = Array.from(layer.namedParameters(), ([name]) => name);
    const rest = layer.stateDict();
    await checkGradients(
      (a, ...values) =>
        expected(a, { ...rest, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) }),
      [x, ...layer.parameters()],
      { directions: 1 },
    );
    // The module's own parameters are what the gradient is taken of.
    const [byModule, byOp] = await Promise.all(
      [() => layer.forward(x), () => expected(x, layer.stateDict())].map((fn) =>
        evaluateAll(() => grad(() => fn().square().sum(), layer.parameters())),
      ),
    );
    expect(byModule).toEqual(byOp);
  });

  test("leaves nothing behind when it is made", () => {
    const before = memory();
    const layer = create();
    const tensors = Object.values(layer.stateDict());
    expect(memory().tensors - before.tensors).toBe(tensors.length);
    expect(memory().bytes - before.bytes).toBe(tensors.reduce((bytes, { size }) => bytes + 8 * size, 0));
    layer.dispose();
  });
});

describe("Embedding", () => {
  test("looks rows up; the row of padding is zeros and gets no gradient", async () => {
    using table = new Embedding(4, 2, { key, paddingIdx: -1 });
    const ids = (): Tensor =>
      tensor(
        [
          [0, 3],
          [0, 1],
        ],
        { dtype: "i32" },
      );
    const [rows, weight] = await evaluateAll(() => [table.forward(ids()), table.weight]);
    expect(rows).toEqual([0, 3, 0, 1].flatMap((id) => weight.slice(2 * id, 2 * id + 2)));
    expect(weight.slice(6)).toEqual([0, 0]);
    const [g] = await evaluateAll(() => grad(() => table.forward(ids()).sum(), table.parameters()));
    expect(g).toEqual([2, 2, 1, 1, 0, 0, 0, 0]);
    expect(() => new Embedding(4, 2, { key, paddingIdx: 4 })).toThrow(ArgumentError);
  });

  test("takes indices only", () => {
    using table = new Embedding(4, 2, { key });
    using x = tensor([0.5]);
    expect(() => table.forward(x)).toThrow("index must be i32");
  });
});

describe("Dropout", () => {
  test("drops if and only if it gets a key; the key says what", async () => {
    const drop = new Dropout(0.5);
    using x = randn(key, [1000]);
    expect(drop.forward(x)).toBe(x);
    const values = await evaluate(() => x);
    const [once, again, other] = await evaluateAll(() =>
      [1, 1, 2].map((n) => drop.forward(x, { key: key.fold(n) })),
    );
    expect(once).toEqual(again);
    expect(once).not.toEqual(other);
    once.forEach((y, i) => {
      expect([0, 2 * values[i]]).toContain(y);
    });
    for (const p of [-0.1, 1, Number.NaN]) expect(() => new Dropout(p)).toThrow(ArgumentError);
  });
});

describe("BatchNorm", () => {
  test("in training takes the batch's statistics, and moves the running ones", async () => {
    using norm = new BatchNorm(1, { momentum: 0.5, eps: 0 });
    const run = () => evaluate(() => norm.forward(tensor([[1], [5]]), { training: true }));
    expect(await run()).toEqual([-1, 1]);
    const [mean, variance] = await evaluateAll(() => [norm.runningMean, norm.runningVar]);
    expect([mean, variance]).toEqual([[1.5], [4.5]]); // unbiased: 8
    await run();
    expect(await evaluate(() => norm.runningMean)).toEqual([2.25]);
    expect(norm.parameters()).toEqual([norm.weight, norm.bias]);
    expect(Object.keys(norm.stateDict())).toEqual(["weight", "bias", "runningMean", "runningVar"]);
  });
});

describe("Sequential", () => {
  test("runs layers and functions, each with a key of its own", async () => {
    using mlp = new Sequential(new Linear(2, 3, { key }), relu, new Dropout(0.5), new Dropout(0.5));
    expect(Object.keys(mlp.stateDict())).toEqual(["layers.0.weight", "layers.0.bias"]);
    using x = randn(key, [64, 2]);
    const first = mlp.layers[0] as Linear;
    const [plain, expected, dropped] = await evaluateAll(() => [
      mlp.forward(x),
      relu(first.forward(x)),
      mlp.forward(x, { key }),
    ]);
    expect(plain).toEqual(expected);
    // Two independent masks: of what was positive, a quarter is left, four times as large.
    const positive = plain.filter((y) => y > 0).length;
    const left = dropped.flatMap((y, i) => (y > 0 ? [y / plain[i]] : []));
    expect(left.every((ratio) => Math.abs(ratio - 4) < 1e-6)).toBe(true);
    expect(left.length / positive).toBeGreaterThan(0.1);
    expect(left.length / positive).toBeLessThan(0.4);
  });
});

test("convolutions whose groups do not fit", () => {
  tidy(() => {
    expect(() => new Conv1d(3, 4, 3, { key, groups: 2 })).toThrow(
      new ShapeError(
        "Conv1d: groups must divide the channels, and the kernel be of integers (got 3 -> 4 channels, 2 groups, kernel [3])",
      ),
    );
  });
});
