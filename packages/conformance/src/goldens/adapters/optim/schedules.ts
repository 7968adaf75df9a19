import type { Cycle, Schedule } from "@saccade/core/optim";
import * as optim from "@saccade/core/optim";
import { Config, type Json } from "../../config.ts";
import type { Handler } from "../../context.ts";
import { evaluateNumber } from "../../expressions/evaluate-number.ts";
import { SkipCase } from "../../skip.ts";

const lr = (config: Config) => ({ lr: config.number("base_lr") });
const option = <K extends string>(config: Config, key: string, name: K) =>
  (config.has(key) ? { [name]: config.number(key) } : {}) as Partial<Record<K, number>>;

/** `min(1, (t + 1) / w)` as a function of the step t; other names are options. */
function ruleOf(config: Config): (step: number) => number {
  const rule = config.string("rule");
  return (t) => evaluateNumber(rule, { ...config.values, t });
}

const warmup = (config: Config) => ({
  ...lr(config),
  warmupSteps: config.number("num_warmup_steps"),
  totalSteps: config.number("num_training_steps", 0),
});

const schedules: Readonly<Record<string, (config: Config) => Schedule>> = {
  ConstantLR: (c) =>
    optim.constantLr({
      ...lr(c),
      ...option(c, "factor", "factor"),
      ...option(c, "total_iters", "totalIters"),
    }),
  CosineAnnealingLR: (c) =>
    optim.cosineAnnealingLr({ ...lr(c), tMax: c.number("T_max"), etaMin: c.number("eta_min", 0) }),
  CosineAnnealingWarmRestarts: (c) =>
    optim.cosineAnnealingWarmRestarts({
      ...lr(c),
      t0: c.number("T_0"),
      tMult: c.number("T_mult", 1),
      etaMin: c.number("eta_min", 0),
    }),
  ExponentialLR: (c) => optim.exponentialLr({ ...lr(c), gamma: c.number("gamma") }),
  LambdaLR: (c) => optim.lambdaLr({ ...lr(c), factor: ruleOf(c) }),
  LinearLR: (c) =>
    optim.linearLr({
      ...lr(c),
      ...option(c, "start_factor", "startFactor"),
      ...option(c, "end_factor", "endFactor"),
      ...option(c, "total_iters", "totalIters"),
    }),
  MultiStepLR: (c) =>
    optim.multiStepLr({ ...lr(c), milestones: c.numbers("milestones"), ...option(c, "gamma", "gamma") }),
  Noam: (c) =>
    optim.noam({
      embedDim: c.number("d_model"),
      warmupSteps: c.number("warmup"),
      factor: c.number("base_lr", 1),
    }),
  PolynomialLR: (c) =>
    optim.polynomialLr({
      ...lr(c),
      ...option(c, "total_iters", "totalIters"),
      ...option(c, "power", "power"),
    }),
  StepLR: (c) => optim.stepLr({ ...lr(c), stepSize: c.number("step_size"), ...option(c, "gamma", "gamma") }),
  SequentialLR: (c) =>
    optim.sequentialLr({
      schedules: (c.values.schedulers as readonly string[]).map((text) => schedulerOf(text, c)),
      milestones: c.numbers("milestones"),
    }),
  get_constant_schedule_with_warmup: (c) => optim.constantWithWarmup(warmup(c)),
  get_cosine_schedule_with_warmup: (c) => optim.cosineWithWarmup(warmup(c)),
  get_cosine_with_hard_restarts_schedule_with_warmup: (c) =>
    optim.cosineWithHardRestarts({ ...warmup(c), ...option(c, "num_cycles", "numCycles") }),
  get_inverse_sqrt_schedule: (c) => optim.inverseSqrtWithWarmup(warmup(c)),
  get_linear_schedule_with_warmup: (c) => optim.linearWithWarmup(warmup(c)),
  get_polynomial_decay_schedule_with_warmup: (c) =>
    optim.polynomialWithWarmup({
      ...warmup(c),
      ...option(c, "lr_end", "lrEnd"),
      ...option(c, "power", "power"),
    }),
};

/** Arguments of PyTorch's schedulers by position, behind the optimizer. */
const POSITIONS: Readonly<Record<string, readonly string[]>> = {
  ConstantLR: ["factor", "total_iters"],
  CosineAnnealingLR: ["T_max", "eta_min"],
  CosineAnnealingWarmRestarts: ["T_0", "T_mult", "eta_min"],
  ExponentialLR: ["gamma"],
  LinearLR: ["start_factor", "end_factor", "total_iters"],
  MultiStepLR: ["milestones", "gamma"],
  PolynomialLR: ["total_iters", "power"],
  StepLR: ["step_size", "gamma"],
};

/** A scheduler as text, `LinearLR(0.1,1,5)`. */
function schedulerOf(text: string, config: Config): Schedule {
  const [, kind = text, args = ""] = /^(\w+)\((.*)\)$/.exec(text) ?? [];
  const names = POSITIONS[kind] ?? [];
  const options: Record<string, Json> = { base_lr: config.number("base_lr") };
  // Commas within brackets do not part arguments; `name=value` gives one by name.
  for (const [i, arg] of (args.match(/(?:\[[^\]]*\]|[^,])+/g) ?? []).entries()) {
    const [, name = names[i], value] = /^\s*(?:(\w+)\s*=)?\s*(.*?)\s*$/.exec(arg) ?? [];
    if (name !== undefined) options[name] = JSON.parse(value) as Json;
  }
  return scheduleOf(kind, new Config(options));
}

/** A schedule of the learning rate. @throws SkipCase for a kind that there is not */
export function scheduleOf(kind: string, config: Config): Schedule {
  const create = schedules[kind];
  if (!create) throw new SkipCase(`there is no schedule ${kind}`);
  return create(config);
}

const momenta = (config: Config) => ({
  ...option(config, "base_momentum", "baseMomentum"),
  ...option(config, "max_momentum", "maxMomentum"),
});

/** A schedule that moves the momentum, too; null if the kind is none. */
export function cycleOf(kind: string, config: Config): Cycle | null {
  if (kind === "OneCycleLR") {
    return optim.oneCycleLr({
      maxLr: config.number("max_lr"),
      totalSteps: config.has("total_steps")
        ? config.number("total_steps")
        : config.number("epochs") * config.number("steps_per_epoch"),
      ...momenta(config),
      annealStrategy: config.string("anneal_strategy", "cos") === "linear" ? "linear" : "cos",
      threePhase: config.boolean("three_phase", false),
      ...option(config, "pct_start", "pctStart"),
      ...option(config, "div_factor", "divFactor"),
      ...option(config, "final_div_factor", "finalDivFactor"),
    });
  }
  if (kind !== "CyclicLR") return null;
  const modes = { triangular: "triangular", triangular2: "triangular2", exp_range: "expRange" } as const;
  return optim.cyclicLr({
    baseLr: config.number("base_lr_"),
    maxLr: config.number("max_lr"),
    mode: modes[config.string("mode", "triangular") as keyof typeof modes],
    ...momenta(config),
    ...option(config, "step_size_up", "stepSizeUp"),
    ...option(config, "step_size_down", "stepSizeDown"),
    ...option(config, "gamma", "gamma"),
  });
}

/** A schedule that looks at a metric after each step. */
function plateauRates(config: Config, expected: readonly number[]): number[] {
  const mode = config.string("mode", "min") === "max" ? "max" : "min";
  const plateau = new optim.ReduceLrOnPlateau({
    ...lr(config),
    mode,
    ...option(config, "factor", "factor"),
    ...option(config, "patience", "patience"),
    ...option(config, "threshold", "threshold"),
    ...option(config, "cooldown", "cooldown"),
    ...option(config, "min_lr", "minLr"),
    ...option(config, "eps", "eps"),
    thresholdMode: config.string("threshold_mode", "rel") === "abs" ? "abs" : "rel",
  });
  const metrics = config.numbers("metrics");
  return expected.map((_, t) => {
    const rate = plateau.schedule(t);
    if (t < metrics.length) plateau.update(metrics[t]);
    return rate;
  });
}

/** Learning rates (and momenta) as the list has them, step by step. */
const schedule: Handler = async (context) => {
  const { op, config, entry } = context.golden;
  const lrs = entry.numbers("lrs");
  if (op === "ReduceLROnPlateau") {
    context.checkValues("lrs", plateauRates(config, lrs), lrs);
    return;
  }
  const cycle = cycleOf(op, config);
  const rate = cycle ? cycle.lr : scheduleOf(op, config);
  context.checkValues(
    "lrs",
    lrs.map((_, t) => rate(t)),
    lrs,
  );
  if (!entry.has("momenta")) return;
  const momenta = entry.numbers("momenta");
  if (!cycle) context.fail("momenta", "the schedule has no momentum");
  else
    context.checkValues(
      "momenta",
      momenta.map((_, t) => cycle.momentum(t)),
      momenta,
    );
};

/** Handlers of schedules, by name. */
export const scheduleHandlers: Readonly<Record<string, Handler>> = Object.fromEntries(
  [...Object.keys(schedules), "OneCycleLR", "CyclicLR", "ReduceLROnPlateau"].map((kind) => [kind, schedule]),
);
