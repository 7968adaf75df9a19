import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { copy, Key, randn, type Tensor, tensor, tidy, valueAndGrad, zeros } from "../index.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { guardMemory } from "../testing/index.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  cosineWithWarmup,
  type Optimizer,
  type OptimizerState,
  RAdam,
  RMSprop,
  SGD,
} from "./index.ts";

guardMemory({ beforeEach, afterEach });

const lr = cosineWithWarmup({ lr: 0.1, warmupSteps: 3, totalSteps: 12 });
const algorithms: Readonly<Record<string, (w: Tensor, b: Tensor) => Optimizer>> = {
  SGD: (w, b) => new SGD([w, b], { lr, momentum: 0.9, nesterov: true }),
  Adam: (w, b) => new Adam([w, b], { lr, amsgrad: true }),
  AdamW: (w, b) => new AdamW([{ params: [w] }, { params: [b], weightDecay: 0 }], { lr: 0.05 }),
  Adagrad: (w, b) => new Adagrad([w, b], { lrDecay: 0.1 }),
  RMSprop: (w, b) => new RMSprop([w, b], { centered: true, momentum: 0.5 }),
  Adamax: (w, b) => new Adamax([w, b], { lr }),
  Adadelta: (w, b) => new Adadelta([w, b]),
  RAdam: (w, b) => new RAdam([w, b], { lr }),
};

interface Run {
  readonly w: Tensor;
  readonly b: Tensor;
  readonly optimizer: Optimizer;
}

function start(create: (w: Tensor, b: Tensor) => Optimizer, from?: Run): Run {
  const w = from ? copy(from.w) : randn(new Key(1), [3, 2]);
  const b = from ? copy(from.b) : zeros([2]);
  return { w, b, optimizer: create(w, b) };
}

function advance({ w, b, optimizer }: Run, steps: number): void {
  for (let i = 0; i < steps; i++) {
    const key = new Key(7).fold(optimizer.stepCount);
    using result = valueAndGrad(() => randn(key, [5, 3]).matmul(w).add(b).tanh().square().mean(), [w, b]);
    optimizer.step(result.grads);
  }
}

function end({ w, b, optimizer }: Run): void {
  w.dispose();
  b.dispose();
  optimizer.dispose();
}

describe.each(Object.entries(algorithms))("%s", (_, create) => {
  test("a run that was killed goes on to the same bits", async () => {
    const whole = start(create);
    advance(whole, 12);
    const killed = start(create);
    advance(killed, 5);
    const resumed = start(create, killed);
    const { tensors, ...numbers } = killed.optimizer.stateDict();
    // As it would come back from a file: the numbers through JSON, the tensors as copies.
    const state = { ...(JSON.parse(JSON.stringify(numbers)) as Omit<OptimizerState, "tensors">), tensors };
    resumed.optimizer.loadStateDict(state);
    expect(resumed.optimizer.stepCount).toBe(5);
    end(killed);
    advance(resumed, 7);
    expect(await resumed.w.data()).toEqual(await whole.w.data());
    expect(await resumed.b.data()).toEqual(await whole.b.data());
    end(resumed);
    end(whole);
  });
});

describe("loadStateDict", () => {
  test("takes over a learning rate that was set by hand, over state that is there", () => {
    using w = tensor([1, 2]);
    using g = tensor([1, 1]);
    using first = new SGD([w], { lr: 0.1, momentum: 0.9 });
    first.groups[0].lr = 0.03;
    first.step([g]);
    using second = new SGD([w], { lr: 0.1, momentum: 0.9 });
    second.step([g]);
    second.loadStateDict(first.stateDict());
    expect(second.learningRates()).toEqual([0.03]);
    second.loadStateDict(new SGD([w], { lr: 0.5, momentum: 0.9 }).stateDict());
    expect(second.stateDict()).toEqual({
      algorithm: "SGD",
      step: 0,
      parameterSteps: [0],
      learningRates: [0.5],
      tensors: {},
    });
  });

  test("refuses another's state, and changes nothing", () => {
    using w = tensor([1, 2]);
    using g = tensor([1, 1]);
    using adam = new Adam([w]);
    adam.step([g]);
    const state = adam.stateDict();
    const problems: [Partial<OptimizerState>, string][] = [
      [{ algorithm: "SGD" }, "Adam.loadStateDict: the state is of SGD"],
      [{ parameterSteps: undefined } as object, "this is not the state of an optimizer"],
      [{ step: -1 }, "the step must be a count (got -1)"],
      [{ parameterSteps: [1, 1] }, "the state is of 2 parameters (the optimizer has 1)"],
      [{ learningRates: [] }, "the state is of 0 groups (the optimizer has 1)"],
      [{ tensors: {} }, "the state has no 0.expAvg"],
      [{ tensors: { ...state.tensors, "0.other": w } }, "the state has 0.other, which belongs nowhere"],
    ];
    for (const [change, message] of problems) {
      expect(() => adam.loadStateDict({ ...state, ...change })).toThrow(message);
    }
    tidy(() => {
      const tensors = { ...state.tensors, "0.expAvg": zeros([3]) };
      expect(() => adam.loadStateDict({ ...state, tensors })).toThrow(
        "Adam.loadStateDict: 0.expAvg must be f32 [2] (got f32 [3])",
      );
      const elsewhere = { ...state.tensors, "0.expAvg": zeros([2], { backend: createReferenceBackend() }) };
      expect(() => adam.loadStateDict({ ...state, tensors: elsewhere })).toThrow(
        "Adam.loadStateDict: 0.expAvg lives on another backend than its parameter; move it with to()",
      );
    });
    expect(adam.stepCount).toBe(1);
  });
});
