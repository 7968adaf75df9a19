import { ArgumentError } from "../errors.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { fullLike } from "../ops/fill.ts";
import { neg } from "../ops/unary.ts";
import { keep } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { type Scheduled, valueAt } from "./schedule.ts";

/** What every algorithm has. */
export interface Hyperparameters {
  /** Learning rate. The one that may be changed between steps. */
  lr: Scheduled;
  /** Factor on the parameter in its own gradient (or beside it, where it is decoupled). */
  readonly weightDecay: number;
  /** Go up, not down. */
  readonly maximize: boolean;
}

/**
 * A rule by which parameters follow their gradients: defaults, state and one step. `Optimizer` does the rest.
 *
 * @example
 * const signDescent: Algorithm<Hyperparameters> = {
 *   name: "SignDescent",
 *   defaults: { lr: 0.1, weightDecay: 0, maximize: false },
 *   check() {},
 *   slots: () => [],
 *   update: (context) => {
 *     const move = sign(context.descent()).mul(context.value(context.hyper.lr));
 *     assign(context.param, context.param.sub(move));
 *   },
 * };
 * class SignDescent extends Optimizer<Hyperparameters> {
 *   constructor(parameters: readonly Tensor[]) {
 *     super(signDescent, parameters, {});
 *   }
 * }
 * const w = tensor([1, 1]);
 * new SignDescent([w]).step([tensor([5, -5])]);
 * w; // => [0.9, 1.1]
 */
export interface Algorithm<H extends Hyperparameters> {
  /** As errors and state dicts call it. */
  readonly name: string;
  readonly defaults: H;
  /** @throws ArgumentError for numbers that make no sense */
  check(hyper: H): void;
  /** Names of the state tensors, each in the parameter's shape and dtype. */
  slots(hyper: H): readonly string[];
  /** One step of one parameter, in place; runs without recording, in a scope of its own. */
  update(context: UpdateContext<H>): void;
  /** The same for several parameters of one group: where a backend does them together. Default: one by one. */
  updateAll?(contexts: readonly UpdateContext<H>[]): void;
}

/** The state tensors of one parameter, and how many steps it has taken. */
export interface ParameterState {
  step: number;
  readonly slots: Map<string, Tensor>;
}

/** What an algorithm sees of one parameter at one step. */
export class UpdateContext<H extends Hyperparameters> {
  readonly param: Tensor;
  readonly hyper: H;
  /** Steps of this parameter, this one included: from 1. */
  readonly step: number;
  /** As it was given, and the scalar that multiplies it. */
  readonly rawGrad: Tensor;
  readonly gradScale: Tensor | null;
  private readonly state: ParameterState;
  private readonly optimizerStep: number;

  constructor(
    param: Tensor,
    hyper: H,
    state: ParameterState,
    given: { readonly grad: Tensor; readonly gradScale: Tensor | null; readonly optimizerStep: number },
  ) {
    this.param = param;
    this.hyper = hyper;
    this.state = state;
    this.step = state.step;
    this.rawGrad = given.grad;
    this.gradScale = given.gradScale;
    this.optimizerStep = given.optimizerStep;
  }

  /** The number that a hyperparameter is at this step. */
  value(scheduled: Scheduled): number {
    return valueAt(scheduled, this.optimizerStep);
  }

  /** The gradient to descend: scaled, and negated to maximize. */
  descent(): Tensor {
    const scaled = this.gradScale ? mul(this.rawGrad, this.gradScale) : this.rawGrad;
    return this.hyper.maximize ? neg(scaled) : scaled;
  }

  /** The same with L2 regularisation: `+ weightDecay param`. */
  regularizedDescent(): Tensor {
    const { weightDecay } = this.hyper;
    return weightDecay === 0 ? this.descent() : add(this.descent(), mul(this.param, weightDecay));
  }

  has(slot: string): boolean {
    return this.state.slots.has(slot);
  }

  /** A state tensor, which the optimizer owns; at first what `initial` makes, or zeros. */
  slot(name: string, initial: () => Tensor = () => fullLike(this.param, 0)): Tensor {
    const present = this.state.slots.get(name);
    if (present) return present;
    const created = keep(initial());
    this.state.slots.set(name, created);
    return created;
  }
}

/** @throws ArgumentError unless `low <= value < high`; schedules are checked when they run */
export function checkRange(
  algorithm: string,
  option: string,
  value: Scheduled,
  low: number,
  high = Number.POSITIVE_INFINITY,
): void {
  if (typeof value !== "number" || (value >= low && value < high)) return;
  const range = high === Number.POSITIVE_INFINITY ? `at least ${low}` : `in [${low}, ${high})`;
  throw new ArgumentError(`${algorithm}: ${option} must be ${range} (got ${value})`);
}

/** What all algorithms ask of their numbers. */
export function checkCommon(algorithm: string, hyper: Hyperparameters): void {
  checkRange(algorithm, "lr", hyper.lr, 0);
  checkRange(algorithm, "weightDecay", hyper.weightDecay, 0);
}
