import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DType, matmul, mean, type Tensor, tensor, valueAndGrad } from "../index.ts";
import { guardMemory } from "../testing/index.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  clipGradNorm,
  lambdaLr,
  type Optimizer,
  oneCycleLr,
  RAdam,
  RMSprop,
  SGD,
} from "./index.ts";

guardMemory({ beforeEach, afterEach });

interface Config {
  readonly optimizer: string;
  readonly groups?: readonly ({ readonly params: readonly string[] } & Record<string, unknown>)[];
  readonly schedule?: { readonly kind: string; readonly max_lr: number; readonly total_steps: number };
  readonly clip_grad_norm?: number;
  readonly [option: string]: unknown;
}

interface Case {
  readonly name: string;
  readonly config: Config;
  readonly atol: number;
  readonly rtol: number;
  readonly W: readonly number[][][];
  readonly b: readonly number[][];
  readonly loss: readonly number[];
}

interface Fixture {
  readonly steps: readonly number[];
  readonly X: number[][];
  readonly Y: number[][];
  readonly W0: number[][];
  readonly b0: number[];
  readonly cases: readonly Case[];
}

const fixture = JSON.parse(
  readFileSync(new URL("./fixtures/optimizers.json", import.meta.url), "utf8"),
) as Fixture;

const classes = { SGD, Adam, AdamW, Adagrad, RMSprop, Adamax, Adadelta, RAdam } as const;

/** PyTorch's options under our names. */
function camelCase(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rename = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [rename(name), value]));
}

function createOptimizer(config: Config, named: Readonly<Record<string, Tensor>>): Optimizer {
  const { optimizer, groups, schedule, clip_grad_norm, ...rest } = config;
  const create = classes[optimizer as keyof typeof classes];
  const options = camelCase(rest);
  if (groups) {
    const own = groups.map(({ params, ...group }) => ({
      ...camelCase(group),
      params: params.map((p) => named[p]),
    }));
    return new create(own, options);
  }
  if (schedule?.kind === "OneCycleLR") {
    const cycle = oneCycleLr({ maxLr: schedule.max_lr, totalSteps: schedule.total_steps });
    return new create(Object.values(named), { lr: cycle.lr, betas: [cycle.momentum, 0.999] });
  }
  if (schedule) {
    const lr = lambdaLr({ lr: config.lr as number, factor: (t) => Math.min(1, (t + 1) / 8) });
    return new create(Object.values(named), { ...options, lr });
  }
  return new create(Object.values(named), options);
}

interface Trajectory {
  readonly W: Map<number, number[]>;
  readonly b: Map<number, number[]>;
  readonly losses: number[];
}

async function train(config: Config, dtype: DType): Promise<Trajectory> {
  using X = tensor(fixture.X, { dtype });
  using Y = tensor(fixture.Y, { dtype });
  using W = tensor(fixture.W0, { dtype });
  using b = tensor(fixture.b0, { dtype });
  using optimizer = createOptimizer(config, { W, b });
  const result: Trajectory = { W: new Map(), b: new Map(), losses: [] };
  const loss = (): Tensor => mean(matmul(X, W).add(b).tanh().sub(Y).square());
  for (let step = 1; step <= 20; step++) {
    using outcome = valueAndGrad(loss, optimizer.parameters);
    if (config.clip_grad_norm === undefined) optimizer.step(outcome.grads);
    else {
      const { grads, norm } = clipGradNorm(outcome.grads, config.clip_grad_norm);
      optimizer.step(grads);
      for (const each of [...grads, norm]) each.dispose();
    }
    result.losses.push(await outcome.value.item());
    result.W.set(step, Array.from(await W.data()));
    result.b.set(step, Array.from(await b.data()));
  }
  return result;
}

function expectClose(got: readonly number[], wanted: readonly number[], atol: number, rtol: number): void {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]), `[${i}] ${value}, not ${wanted[i]}`).toBeLessThanOrEqual(
      atol + rtol * Math.abs(wanted[i]),
    );
  });
}

// The goldens are f64, their inputs and results rounded to f32: in f64 nothing but that rounding may differ.
const precisions = [
  { dtype: "f32", tolerance: ({ atol, rtol }: Case) => ({ atol, rtol }) },
  { dtype: "f64", tolerance: () => ({ atol: 3e-7, rtol: 3e-6 }) },
] as const;

describe.each(precisions)("20 steps as PyTorch takes them, $dtype", ({ dtype, tolerance }) => {
  test.each(fixture.cases)("$name", async (golden) => {
    const got = await train(golden.config, dtype);
    const { atol, rtol } = tolerance(golden);
    expectClose(got.losses, golden.loss, atol, rtol);
    for (const [i, step] of fixture.steps.entries()) {
      expectClose(got.W.get(step) ?? [], golden.W[i].flat(), atol, rtol);
      expectClose(got.b.get(step) ?? [], golden.b[i], atol, rtol);
    }
  });
});
