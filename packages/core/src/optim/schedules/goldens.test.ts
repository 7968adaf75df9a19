import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type Cycle,
  constantLr,
  constantWithWarmup,
  cosineAnnealingLr,
  cosineAnnealingWarmRestarts,
  cosineWithHardRestarts,
  cosineWithWarmup,
  cyclicLr,
  exponentialLr,
  inverseSqrtWithWarmup,
  lambdaLr,
  linearLr,
  linearWithWarmup,
  multiStepLr,
  noam,
  oneCycleLr,
  polynomialLr,
  polynomialWithWarmup,
  ReduceLrOnPlateau,
  sequentialLr,
  stepLr,
} from "../index.ts";
import type { Schedule } from "../schedule.ts";

interface Case {
  readonly name: string;
  readonly kind: string;
  // biome-ignore format: the options of all kinds; each case has its own
  readonly config: Readonly<Record<
    "base_lr" | "base_lr_" | "max_lr" | "total_steps" | "pct_start" | "div_factor" | "final_div_factor" | "T_max" | "eta_min"
    | "T_0" | "T_mult" | "w" | "d_model" | "warmup" | "num_warmup_steps" | "num_training_steps" | "num_cycles" | "lr_end"
    | "power" | "step_size" | "gamma" | "start_factor" | "end_factor" | "total_iters" | "factor" | "step_size_up"
    | "patience" | "threshold" | "cooldown" | "min_lr", number>> & {
    readonly milestones: readonly number[];
    readonly metrics: readonly number[];
    readonly annealStrategy?: "cos";
    readonly anneal_strategy?: "cos" | "linear";
    readonly three_phase?: boolean;
  };
  readonly lrs: readonly number[];
  readonly momenta?: readonly number[];
}

const fixture = JSON.parse(readFileSync(new URL("../fixtures/schedules.json", import.meta.url), "utf8")) as {
  readonly atol: number;
  readonly rtol: number;
  readonly cases: readonly Case[];
};

function createSchedule({ kind, config: c }: Case): Schedule | Cycle {
  const lr = c.base_lr;
  const warmup = { lr, warmupSteps: c.num_warmup_steps, totalSteps: c.num_training_steps };
  switch (kind) {
    case "OneCycleLR":
      return oneCycleLr({
        maxLr: c.max_lr,
        totalSteps: c.total_steps,
        annealStrategy: c.anneal_strategy ?? "cos",
        pctStart: c.pct_start ?? 0.3,
        divFactor: c.div_factor ?? 25,
        finalDivFactor: c.final_div_factor ?? 1e4,
        threePhase: c.three_phase ?? false,
      });
    case "CosineAnnealingLR":
      return cosineAnnealingLr({ lr, tMax: c.T_max, etaMin: c.eta_min });
    case "CosineAnnealingWarmRestarts":
      return cosineAnnealingWarmRestarts({ lr, t0: c.T_0, tMult: c.T_mult, etaMin: c.eta_min });
    case "LambdaLR":
      return lambdaLr({ lr, factor: (t) => Math.min(1, (t + 1) / c.w) });
    case "Noam":
      return noam({ embedDim: c.d_model, warmupSteps: c.warmup });
    case "StepLR":
      return stepLr({ lr, stepSize: c.step_size, gamma: c.gamma });
    case "MultiStepLR":
      return multiStepLr({ lr, milestones: c.milestones, gamma: c.gamma });
    case "ExponentialLR":
      return exponentialLr({ lr, gamma: c.gamma });
    case "LinearLR":
      return linearLr({
        lr,
        startFactor: c.start_factor,
        endFactor: c.end_factor,
        totalIters: c.total_iters,
      });
    case "ConstantLR":
      return constantLr({ lr, factor: c.factor, totalIters: c.total_iters });
    case "PolynomialLR":
      return polynomialLr({ lr, totalIters: c.total_iters, power: c.power });
    case "CyclicLR":
      return cyclicLr({ baseLr: c.base_lr_, maxLr: c.max_lr, stepSizeUp: c.step_size_up });
    case "SequentialLR": {
      const up = linearLr({ lr, startFactor: 0.1, totalIters: 5 });
      return sequentialLr({ schedules: [up, cosineAnnealingLr({ lr, tMax: 20 })], milestones: c.milestones });
    }
    case "get_linear_schedule_with_warmup":
      return linearWithWarmup(warmup);
    case "get_cosine_schedule_with_warmup":
      return cosineWithWarmup(warmup);
    case "get_constant_schedule_with_warmup":
      return constantWithWarmup(warmup);
    case "get_cosine_with_hard_restarts_schedule_with_warmup":
      return cosineWithHardRestarts({ ...warmup, numCycles: c.num_cycles });
    case "get_polynomial_decay_schedule_with_warmup":
      return polynomialWithWarmup({ ...warmup, lrEnd: c.lr_end, power: c.power });
    case "get_inverse_sqrt_schedule":
      return inverseSqrtWithWarmup(warmup);
    default:
      throw new Error(`no schedule for ${kind}`);
  }
}

function expectClose(got: readonly number[], wanted: readonly number[]): void {
  got.forEach((value, t) => {
    expect(Math.abs(value - wanted[t]), `step ${t}: ${value}, not ${wanted[t]}`).toBeLessThanOrEqual(
      fixture.atol + fixture.rtol * Math.abs(wanted[t]),
    );
  });
}

describe("the learning rates of PyTorch and transformers", () => {
  const pure = fixture.cases.filter(({ kind }) => kind !== "ReduceLROnPlateau");
  test.each(pure)("$name", (golden) => {
    const schedule = createSchedule(golden);
    const { lr, momentum } = typeof schedule === "function" ? { lr: schedule, momentum: null } : schedule;
    expectClose(
      golden.lrs.map((_, t) => lr(t)),
      golden.lrs,
    );
    const { momenta } = golden;
    expect(momentum !== null).toBe(momenta !== undefined);
    if (momentum && momenta)
      expectClose(
        momenta.map((_, t) => momentum(t)),
        momenta,
      );
  });

  test("plateau, also across a restart", () => {
    const golden = fixture.cases.find(({ kind }) => kind === "ReduceLROnPlateau");
    if (!golden) throw new Error("the case is missing");
    const { base_lr, factor, patience, threshold, cooldown, min_lr, metrics } = golden.config;
    const create = (): ReduceLrOnPlateau =>
      new ReduceLrOnPlateau({ lr: base_lr, factor, patience, threshold, cooldown, minLr: min_lr });
    let plateau = create();
    const lrs = metrics.map((metric, t) => {
      const lr = plateau.schedule(t);
      plateau.update(metric);
      if (t === 12) {
        const state = JSON.parse(JSON.stringify(plateau.stateDict())) as ReturnType<typeof plateau.stateDict>;
        plateau = create();
        plateau.loadStateDict(state);
      }
      return lr;
    });
    expectClose(lrs, golden.lrs);
  });
});
