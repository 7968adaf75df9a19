import type { Differentiable } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import type { Optimizer } from "@saccade/core/optim";
import type { Shown } from "./progress.ts";

/** What matrix products of a training step compute with. */
export const precisions = ["f32", "f16"] as const;
export type Precision = (typeof precisions)[number];

/** What a Trainer trains: everything that happens at a step is a function of the step's number, so that runs resume exactly. */
export interface TrainingTask {
  /** Shown before the progress bar. */
  readonly name: string;
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Global norm to which gradients are clipped. */
  readonly clipNorm: number;
  /** Evaluate after each so many steps, and at the end. */
  readonly evaluateEvery: number;
  /** f16: the forward pass runs under autocast, with a scaled loss; parameters and evaluations stay f32. */
  readonly dtype: Precision;
  /** Tokens that the model reads or predicts at a step, for tokens/s. */
  readonly tokensPerStep: number;
  /** The loss of the batch of a step; with `logged`, also scalars to log with it. */
  loss(step: number, logged: boolean): Differentiable;
  /** Figures on held-out data, by the names under which they are logged. */
  evaluate(): Promise<Readonly<Record<string, number>>>;
  /** How logged figures look beside the bar. */
  show(figures: Readonly<Record<string, number>>): Shown;
}
