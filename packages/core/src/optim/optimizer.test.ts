import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  assign,
  DTypeError,
  full,
  GradientError,
  LifetimeError,
  memory,
  ShapeError,
  sign,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "../index.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { guardMemory } from "../testing/index.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  type Algorithm,
  type Hyperparameters,
  Optimizer,
  RAdam,
  RMSprop,
  SGD,
} from "./index.ts";

guardMemory({ beforeEach, afterEach });

const all = [
  { name: "SGD", create: SGD, options: { momentum: 0.9, weightDecay: 0.1 }, slots: 1 },
  { name: "Adam", create: Adam, options: { weightDecay: 0.1 }, slots: 2 },
  { name: "Adam, amsgrad", create: Adam, options: { amsgrad: true }, slots: 3 },
  { name: "AdamW", create: AdamW, options: {}, slots: 2 },
  { name: "Adagrad", create: Adagrad, options: { lrDecay: 0.1 }, slots: 1 },
  { name: "RMSprop", create: RMSprop, options: { centered: true, momentum: 0.5 }, slots: 3 },
  { name: "Adamax", create: Adamax, options: {}, slots: 2 },
  { name: "Adadelta", create: Adadelta, options: {}, slots: 2 },
  { name: "RAdam", create: RAdam, options: { weightDecay: 0.1 }, slots: 2 },
] as const;

describe.each(all)("$name", ({ create, options, slots }) => {
  test("a step leaves nothing but its state behind, and dispose() not even that", () => {
    using w = tensor([1, 2, 3]);
    using g = tensor([1, -1, 0.5]);
    const before = memory();
    const optimizer = new create([w], options);
    for (let i = 0; i < 3; i++) optimizer.step([g]);
    expect(memory().tensors - before.tensors).toBe(slots);
    expect(memory().bytes - before.bytes).toBe(slots * 12);
    optimizer.dispose();
    expect(memory().bytes).toBe(before.bytes);
  });

  test("maximize climbs the negative gradient", async () => {
    using down = tensor([1, 2]);
    using up = tensor([1, 2]);
    using g = tensor([1, -1]);
    using negative = tensor([-1, 1]);
    using a = new create([down], { ...options, maximize: false });
    using b = new create([up], { ...options, maximize: true });
    for (let i = 0; i < 7; i++) {
      a.step([g]);
      b.step([negative]);
    }
    expect(await up.data()).toEqual(await down.data());
  });

  test("gradScale multiplies the gradient", async () => {
    using one = tensor([1, 2]);
    using two = tensor([1, 2]);
    using g = tensor([1, -1]);
    using half = tensor([0.5, -0.5]);
    using scale = tensor(0.5);
    using a = new create([one], options);
    using b = new create([two], options);
    for (let i = 0; i < 7; i++) {
      a.step([g], { gradScale: scale });
      b.step([half]);
    }
    expect(await one.data()).toEqual(await two.data());
  });

  test("null leaves a parameter and its count of steps alone", async () => {
    using w = tensor([1]);
    using other = tensor([1]);
    using alone = tensor([1]);
    using g = tensor([2]);
    using both = new create([w, other], options);
    using single = new create([alone], options);
    both.step([g, null]);
    expect(await other.data()).toEqual(new Float32Array([1]));
    both.step([null, g]);
    single.step([g]);
    expect(await other.data()).toEqual(await alone.data());
    expect(both.stateDict().parameterSteps).toEqual([1, 1]);
    expect(both.stepCount).toBe(2);
  });
});

describe("groups", () => {
  test("take what they do not name from the options, and keep the order", async () => {
    using a = tensor([1]);
    using b = tensor([1, 1]);
    using c = tensor([1]);
    using optimizer = new SGD([{ params: [c] }, { params: [b, a], lr: 0.5 }], { lr: 0.25 });
    expect(optimizer.parameters).toEqual([c, b, a]);
    expect(optimizer.learningRates()).toEqual([0.25, 0.5]);
    tidy(() => optimizer.step([tensor([1]), tensor([1, 1]), tensor([1])]));
    expect(await c.data()).toEqual(new Float32Array([0.75]));
    expect(await b.data()).toEqual(new Float32Array([0.5, 0.5]));
  });

  test("the learning rate may be set between steps, and may be a schedule", async () => {
    using w = tensor([1]);
    using g = tensor([1]);
    using optimizer = new SGD([w], { lr: (step) => [0.5, 0.25][step] ?? 0 });
    for (let i = 0; i < 3; i++) optimizer.step([g]);
    expect(await w.data()).toEqual(new Float32Array([0.25]));
    optimizer.groups[0].lr = 1;
    optimizer.step([g]);
    expect(await w.data()).toEqual(new Float32Array([-0.75]));
  });
});

test("an algorithm of one's own", async () => {
  interface LionHyperparameters extends Hyperparameters {
    readonly beta: number;
  }
  const lion: Algorithm<LionHyperparameters> = {
    name: "Lion",
    defaults: { lr: 0.5, beta: 0.5, weightDecay: 0, maximize: false },
    check() {},
    slots: () => ["mean"],
    update(context) {
      const { param, hyper } = context;
      const mean = context.slot("mean");
      assign(mean, mean.mul(hyper.beta).add(context.descent().mul(1 - hyper.beta)));
      assign(param, param.sub(sign(mean).mul(context.value(hyper.lr))));
    },
  };
  class Lion extends Optimizer<LionHyperparameters> {
    constructor(parameters: readonly Tensor[], options: Partial<LionHyperparameters> = {}) {
      super(lion, parameters, options);
    }
  }
  using w = tensor([1, 2]);
  using optimizer = new Lion([w], { beta: 0.9 });
  tidy(() => optimizer.step([tensor([3, -4])]));
  expect(await w.data()).toEqual(new Float32Array([0.5, 2.5]));
  expect(Object.keys(optimizer.stateDict().tensors)).toEqual(["0.mean"]);
});

describe("errors", () => {
  test("parameters", () => {
    using w = tensor([[1, 2]]);
    using view = w.transpose();
    using ids = tensor([1], { dtype: "i32" });
    expect(() => new SGD([])).toThrow(new ArgumentError("SGD: there are no parameters to optimize"));
    expect(() => new SGD([w, w])).toThrow(/parameter 1 is given twice/);
    expect(() => new SGD([{ params: [w] }, { params: [w] }])).toThrow(ArgumentError);
    expect(() => new SGD([ids])).toThrow(DTypeError);
    using tall = tensor([
      [1, 2],
      [3, 4],
    ]);
    using strided = tall.transpose();
    expect(() => new SGD([strided])).toThrow(LifetimeError);
    expect(view.isContiguous).toBe(true); // one row
  });

  test("options", () => {
    using w = tensor([1]);
    const unknown = { weight_decay: 0.1 } as Record<string, number>;
    expect(() => new AdamW([w], unknown)).toThrow(
      new ArgumentError(
        'AdamW: there is no option "weight_decay" (there are lr, betas, eps, weightDecay, amsgrad, maximize)',
      ),
    );
    expect(() => new AdamW([w], { lr: -1 })).toThrow("AdamW: lr must be at least 0 (got -1)");
    expect(() => new Adam([w], { betas: [0.9, 1] })).toThrow("Adam: betas[1] must be in [0, 1) (got 1)");
    expect(() => new SGD([w], { nesterov: true })).toThrow("SGD: nesterov needs momentum");
    expect(() => new Adadelta([w], { rho: 2 })).toThrow(ArgumentError);
    expect(() => new RMSprop([w], { eps: Number.NaN })).toThrow(ArgumentError);
  });

  test("gradients", () => {
    using w = tensor([1, 2]);
    using optimizer = new SGD([w]);
    tidy(() => {
      expect(() => optimizer.step([])).toThrow(new ArgumentError("SGD: 0 gradients for 1 parameters"));
      expect(() => optimizer.step([zeros([3])])).toThrow(
        new ShapeError("SGD: gradient 0 must have the shape [2] (got [3])"),
      );
      expect(() => optimizer.step([zeros([2], { dtype: "f64" })])).toThrow(DTypeError);
      expect(() => optimizer.step([zeros([2])], { gradScale: zeros([1]) })).toThrow(ShapeError);
      expect(() => optimizer.step([zeros([2])], { gradScale: full([], 1, { dtype: "f64" }) })).toThrow(
        DTypeError,
      );
    });
    const gone = zeros([2]);
    gone.dispose();
    expect(() => optimizer.step([gone])).toThrow(LifetimeError);
    using elsewhere = zeros([2], { backend: createReferenceBackend() });
    expect(() => optimizer.step([elsewhere])).toThrow(
      "SGD: gradient 0 lives on another backend than its parameter",
    );
    expect(optimizer.stepCount).toBe(0);
    expect(optimizer.stateDict().parameterSteps).toEqual([0]);
  });

  test("a learning rate that is no number changes nothing", async () => {
    using w = tensor([1]);
    using g = tensor([1]);
    using optimizer = new SGD([w], { lr: () => Number.NaN });
    expect(() => optimizer.step([g])).toThrow("SGD: lr must be a number (got NaN at step 0)");
    expect(await w.item()).toBe(1);
  });

  test("a step where gradients are recorded, or after dispose()", () => {
    using w = tensor([1]);
    using g = tensor([1]);
    const optimizer = new SGD([w]);
    const loss = () => {
      optimizer.step([g]);
      return w.sum();
    };
    expect(() => valueAndGrad(loss, [w])).toThrow(GradientError);
    optimizer.dispose();
    expect(() => optimizer.step([g])).toThrow(new LifetimeError("SGD: was used after its dispose()"));
  });
});
