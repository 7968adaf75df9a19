import type { Tensor } from "@saccade/core";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  type Optimizer,
  RAdam,
  RMSprop,
  SGD,
} from "@saccade/core/optim";
import type { Config, Json } from "../../config.ts";
import { SkipCase } from "../../skip.ts";
import { cycleOf, scheduleOf } from "./schedules.ts";

const classes = { Adadelta, Adagrad, Adam, Adamax, AdamW, RAdam, RMSprop, SGD };

/** Options of a case that are not the optimizer's. */
const OTHERS = new Set([
  "optimizer",
  "steps",
  "problem",
  "groups",
  "schedule",
  "clip_grad_norm",
  "rule",
  "note",
  "model",
  "loss",
]);

/** PyTorch's options under our names: `weight_decay` is `weightDecay`. */
function ourOptions(values: Readonly<Record<string, Json>>): Record<string, Json> {
  const entries = Object.entries(values).filter(([name]) => !OTHERS.has(name) && name !== "params");
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

/** A schedule of the learning rate, and of beta1 where one goes with it. */
function scheduledOptions(config: Config): Record<string, unknown> {
  if (!config.has("schedule")) return {};
  const kind = config.section("schedule").string("kind");
  const options = config.section("schedule").with(config.has("lr") ? { base_lr: config.number("lr") } : {});
  const cycle = cycleOf(kind, options);
  if (!cycle) return { lr: scheduleOf(kind, options) };
  if (!options.boolean("cycle_momentum", true)) return { lr: cycle.lr };
  const hasBetas = /^(R?Adam|Adamax|AdamW)$/.test(config.string("optimizer"));
  return hasBetas
    ? { lr: cycle.lr, betas: [cycle.momentum, config.numbers("betas", [0.9, 0.999])[1]] }
    : { lr: cycle.lr, momentum: cycle.momentum };
}

/** The optimizer that `config` asks for, of named parameters. @throws SkipCase for one that there is not */
export function optimizerOf(config: Config, parameters: Readonly<Record<string, Tensor>>): Optimizer {
  const name = config.string("optimizer");
  const create = (classes as Readonly<Record<string, (typeof classes)[keyof typeof classes]>>)[name];
  if (!create) throw new SkipCase(`there is no optimizer ${name}`);
  const options = { ...ourOptions(config.values), ...scheduledOptions(config) };
  const groups = config.values.groups;
  if (!Array.isArray(groups)) return new create(Object.values(parameters), options);
  return new create(
    (groups as readonly Readonly<Record<string, Json>>[]).map((group) => ({
      ...ourOptions(group),
      params: (group.params as readonly string[]).map((name) => parameters[name]),
    })),
    options,
  );
}
