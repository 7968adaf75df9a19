import "../methods.ts";
import { currentAutocast } from "../autocast-state.ts";
import { ArgumentError, DTypeError, GradientError, LifetimeError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { copy } from "../ops/copy.ts";
import { keep, tidy } from "../scope.ts";
import { noGrad, recordingTapes } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { type Algorithm, type Hyperparameters, type ParameterState, UpdateContext } from "./algorithm.ts";
import { checkState, type OptimizerState } from "./optimizer-state.ts";
import { type OptimizerParameters, type ParameterGroup, resolveGroups } from "./parameter-groups.ts";
import { valueAt } from "./schedule.ts";

export interface StepOptions {
  /** A scalar tensor that multiplies every gradient: a clipping factor, the inverse of a loss scale. */
  readonly gradScale?: Tensor | null;
}

/**
 * Changes parameters in place by their gradients. Owns its state (moments, buffers) until `dispose()`; the parameters
 * belong to their module.
 *
 * Hyperparameters that may be schedules are read at every step: step 0 is the first one.
 *
 * @example
 * const w = tensor([1, 2]);
 * const optimizer = new SGD([w], { lr: 0.1 });
 * using result = valueAndGrad(() => w.square().sum(), optimizer.parameters);
 * optimizer.step(result.grads);
 * w; // => [0.8, 1.6]
 */
export abstract class Optimizer<H extends Hyperparameters = Hyperparameters> {
  readonly groups: readonly ParameterGroup<H>[];
  /** All parameters, group after group: the order of the gradients. */
  readonly parameters: readonly Tensor[];
  private readonly algorithm: Algorithm<H>;
  private readonly states: readonly ParameterState[];
  private taken = 0;
  private isDisposed = false;

  constructor(algorithm: Algorithm<H>, parameters: OptimizerParameters<H>, options: Partial<H>) {
    this.algorithm = algorithm;
    this.groups = resolveGroups(algorithm, parameters, options);
    this.parameters = this.groups.flatMap(({ params }) => params);
    this.states = this.parameters.map(() => ({ step: 0, slots: new Map() }));
  }

  /** Steps taken so far; the next one is the step of this number. */
  get stepCount(): number {
    return this.taken;
  }

  /** The learning rate of each group at the next step. */
  learningRates(): number[] {
    return this.groups.map(({ lr }) => valueAt(lr, this.taken));
  }

  /**
   * One step. Opens its own scope: nothing but the state is left behind.
   *
   * @param grads  `grads[i]` belongs to `parameters[i]` and has its shape and dtype; null leaves that parameter as it is
   * @throws ArgumentError for another number of gradients, or a learning rate that is no number; ShapeError, DTypeError;
   *   GradientError inside a `valueAndGrad` over the parameters, whose gradients would be wrong; LifetimeError if a
   *   parameter or gradient is gone. Nothing is changed then
   */
  step(grads: readonly (Tensor | null)[], options: StepOptions = {}): void {
    const { gradScale = null } = options;
    this.checkUsable();
    this.checkGradients(grads, gradScale);
    for (const lr of this.learningRates()) {
      if (!Number.isFinite(lr)) {
        throw new ArgumentError(
          `${this.algorithm.name}: lr must be a number (got ${lr} at step ${this.taken})`,
        );
      }
    }
    let i = 0;
    for (const group of this.groups) {
      const contexts: UpdateContext<H>[] = [];
      for (const param of group.params) {
        const grad = grads[i];
        const state = this.states[i++];
        if (grad === null) continue;
        state.step++;
        const given = { grad, gradScale, optimizerStep: this.taken };
        contexts.push(new UpdateContext(param, group, state, given));
      }
      this.update(contexts);
    }
    currentAutocast()?.clear(); // casts of the parameters are out of date
    this.taken++;
  }

  /** What training needs to go on as if it had never stopped. The tensors are the optimizer's own, not copies. */
  stateDict(): OptimizerState {
    const tensors: Record<string, Tensor> = {};
    for (const [i, { slots }] of this.states.entries()) {
      for (const [name, tensor] of slots) tensors[`${i}.${name}`] = tensor;
    }
    return {
      algorithm: this.algorithm.name,
      step: this.taken,
      parameterSteps: this.states.map(({ step }) => step),
      learningRates: this.groups.map(({ lr }) => (typeof lr === "number" ? lr : null)),
      tensors,
    };
  }

  /**
   * Goes on from a state. Copies its tensors, and takes over the learning rates that are numbers on both sides. Nothing
   * is changed if anything does not fit.
   *
   * @throws ArgumentError, ShapeError if the state is of another algorithm, other groups, other parameters or
   *   another backend
   */
  loadStateDict(state: OptimizerState): void {
    this.checkUsable();
    const loaded = checkState(state, {
      name: this.algorithm.name,
      parameters: this.parameters,
      groupCount: this.groups.length,
      slots: this.groups.flatMap((group) => group.params.map(() => this.algorithm.slots(group))),
    });
    for (const [i, slots] of loaded.entries()) {
      const copies = noGrad(() => [...slots].map(([name, tensor]) => [name, keep(copy(tensor))] as const));
      this.freeSlots(this.states[i]);
      for (const [name, tensor] of copies) this.states[i].slots.set(name, tensor);
      this.states[i].step = state.parameterSteps[i];
    }
    for (const [g, group] of this.groups.entries()) {
      const lr = state.learningRates[g];
      if (lr !== null && typeof group.lr === "number") group.lr = lr;
    }
    this.taken = state.step;
  }

  /** Frees the state, not the parameters. */
  dispose(): void {
    for (const state of this.states) this.freeSlots(state);
    this.isDisposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private update(contexts: readonly UpdateContext<H>[]): void {
    const { algorithm } = this;
    if (algorithm.updateAll) {
      noGrad(() => tidy(() => algorithm.updateAll?.(contexts)));
      return;
    }
    for (const context of contexts) noGrad(() => tidy(() => algorithm.update(context)));
  }

  private freeSlots({ slots }: ParameterState): void {
    for (const tensor of slots.values()) tensor.dispose();
    slots.clear();
  }

  private checkUsable(): void {
    if (this.isDisposed) throw new LifetimeError(`${this.algorithm.name}: was used after its dispose()`);
    if (recordingTapes(this.parameters) === null) return;
    throw new GradientError(
      `${this.algorithm.name}: a step inside valueAndGrad would change what its gradients are made of; take it outside`,
    );
  }

  private checkGradients(grads: readonly (Tensor | null)[], gradScale: Tensor | null): void {
    const { name } = this.algorithm;
    const { parameters } = this;
    if (grads.length !== parameters.length) {
      throw new ArgumentError(`${name}: ${grads.length} gradients for ${parameters.length} parameters`);
    }
    if (gradScale !== null && gradScale.rank !== 0) {
      throw new ShapeError(`${name}: gradScale must be a scalar (got ${gradScale.describe()})`);
    }
    for (const [i, grad] of grads.entries()) {
      const { shape, dtype, backend } = parameters[i];
      if (gradScale !== null && gradScale.dtype !== dtype) {
        throw new DTypeError(`${name}: gradScale must be ${dtype} (got ${gradScale.dtype})`);
      }
      if (grad === null) continue;
      if (!sameShape(grad.shape, shape)) {
        const got = `got ${formatShape(grad.shape)}`;
        throw new ShapeError(`${name}: gradient ${i} must have the shape ${formatShape(shape)} (${got})`);
      }
      if (grad.dtype !== dtype) {
        throw new DTypeError(`${name}: gradient ${i} must be ${dtype} (got ${grad.dtype})`);
      }
      if (grad.backend !== backend) {
        throw new ArgumentError(`${name}: gradient ${i} lives on another backend than its parameter`);
      }
    }
  }
}
