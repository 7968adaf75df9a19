import { afterAll, describe, expect, test } from "vitest";
import { cast, Key, mul, ones, randn, relu, zeros } from "../index.ts";
import { leftBehind } from "../testing/index.ts";
import * as nn from "./index.ts";

/** Every public name. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in Exclude<keyof typeof nn, "Module">]: () => unknown };
type InitCalls = { readonly [N in keyof typeof nn.init]: () => unknown };

const key = new Key(0);
const x = randn(key, [2, 4]);
const ids = zeros([2, 3], { dtype: "i32" });
const signal = ones([2, 3, 8]);
const image = ones([2, 3, 6, 6]);
const given = [x, ids, signal, image];
afterAll(() => {
  for (const each of given) each.dispose();
});

const initCalls: InitCalls = {
  fans: () => nn.init.fans([2, 3]),
  kaimingNormal: () => nn.init.kaimingNormal(key, [2, 3]),
  kaimingUniform: () => nn.init.kaimingUniform(key, [2, 3]),
  normal: () => nn.init.normal(key, [2], 0.1),
  uniform: () => nn.init.uniform(key, [2], 0.1),
  xavierNormal: () => nn.init.xavierNormal(key, [2, 3]),
  xavierUniform: () => nn.init.xavierUniform(key, [2, 3]),
  zero: () => nn.init.zero(key, [2], {}),
};

/** Makes a module, runs it forward, and disposes of it. */
const calls: Calls = {
  BatchNorm: () => {
    using norm = new nn.BatchNorm(3);
    return [norm.forward(image), norm.forward(image, { training: true })];
  },
  Conv1d: () => {
    using conv = new nn.Conv1d(3, 2, 3, { key, padding: 1 });
    return conv.forward(signal);
  },
  Conv2d: () => {
    using conv = new nn.Conv2d(3, 2, 3, { key, bias: false, stride: 2 });
    return conv.forward(image);
  },
  Dropout: () => {
    using drop = new nn.Dropout(0.5);
    return [drop.forward(x), drop.forward(x, { key })];
  },
  Embedding: () => {
    using table = new nn.Embedding(3, 4, { key, paddingIdx: -1 });
    return table.forward(ids);
  },
  castModule: () => {
    using linear = nn.castModule(new nn.Linear(8, 2, { key }), "f16");
    using half = cast(signal, "f16");
    return linear.forward(half);
  },
  QuantizedLinear: () => {
    using full = new nn.Linear(8, 2, { key });
    using quantized = new nn.QuantizedLinear(full, { bits: 4, blockSize: 8 });
    return quantized.forward(signal);
  },
  quantizeModule: () => {
    using model = new nn.Sequential(new nn.Linear(8, 2, { key }));
    nn.quantizeModule(model, { bits: 8, blockSize: 8 });
    return model.forward(signal);
  },
  GroupNorm: () => {
    using norm = new nn.GroupNorm(1, 3);
    return norm.forward(image);
  },
  LayerNorm: () => {
    using norm = new nn.LayerNorm([6, 6]);
    return norm.forward(image);
  },
  Linear: () => {
    const small: nn.Initializer = (k, shape) => mul(randn(k, shape), 0.1);
    using linear = new nn.Linear(8, 2, { key, weightInit: small, biasInit: small });
    return linear.forward(signal);
  },
  Parameter: () => {
    using parameter = new nn.Parameter(ones([2]));
    return mul(parameter, 2);
  },
  RMSNorm: () => {
    using norm = new nn.RMSNorm(8);
    return norm.forward(signal);
  },
  Sequential: () => {
    const layers = [
      new nn.Linear(4, 8, { key }),
      relu,
      new nn.Dropout(0.1),
      (y: typeof x) => mul(relu(y), 2),
    ];
    using mlp = new nn.Sequential(...layers);
    return [mlp.forward(x), mlp.forward(x, { key }), new nn.Sequential().forward(x)];
  },
  init: () => Object.values(initCalls).map((call) => call()),
};

describe("where no scope is open, a module leaves its result and nothing else", () => {
  test("every public name is called", () => {
    expect([...Object.keys(calls), "Module"].sort()).toEqual(Object.keys(nn).sort());
    expect(Object.keys(initCalls).sort()).toEqual(Object.keys(nn.init).sort());
  });

  test.each(Object.entries(calls))("%s", async (_, call) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });

  test("state dicts are loaded without a trace", async () => {
    using a = new nn.Linear(2, 2, { key });
    using b = new nn.Linear(2, 2, { key, dtype: "f64" });
    const load = (): void => {
      b.loadStateDict(a.stateDict());
    };
    expect(await leftBehind(load)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
  });
});
