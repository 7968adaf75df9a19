import { ArgumentError } from "../../errors.ts";
import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

export interface ReduceLrOnPlateauOptions {
  readonly lr: number;
  /** Whether a small or a large figure is good. Default "min". */
  readonly mode?: "min" | "max";
  /** Factor on the learning rate, below 1. Default 0.1. */
  readonly factor?: number;
  /** Figures without progress that are borne before the learning rate falls. Default 10. */
  readonly patience?: number;
  /** What counts as progress: better by this share ("rel"), or by this much ("abs"). Default 1e-4. */
  readonly threshold?: number;
  readonly thresholdMode?: "rel" | "abs";
  /** Figures after a fall that do not count as bad. Default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minLr?: number;
  /** Falls smaller than this are not made. Default 1e-8. */
  readonly eps?: number;
}

/** What it remembers; JSON. */
export interface PlateauState {
  readonly lr: number;
  /** Null before the first figure. */
  readonly best: number | null;
  readonly badCount: number;
  readonly cooldownLeft: number;
}

/**
 * Lowers the learning rate when a figure stops getting better. PyTorch's ReduceLROnPlateau. The one schedule with a
 * state, which goes beside the optimizer's into a checkpoint.
 *
 * @throws ArgumentError unless `factor` is in [0, 1), and `patience` and `cooldown` are counts
 * @example
 * const plateau = new ReduceLrOnPlateau({ lr: 0.1, factor: 0.5, patience: 1 });
 * const optimizer = new SGD([tensor([1])], { lr: plateau.schedule });
 * for (const loss of [3, 2, 2, 2]) plateau.update(loss);
 * optimizer.learningRates(); // => [0.05]
 */
export class ReduceLrOnPlateau {
  /** The learning rate in force, whatever the step. */
  readonly schedule: Schedule = () => this.state.lr;
  private readonly options: Required<ReduceLrOnPlateauOptions>;
  private state: PlateauState;

  constructor(options: ReduceLrOnPlateauOptions) {
    this.options = {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "rel",
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
      ...options,
    };
    const { factor, patience, cooldown } = this.options;
    if (!(factor >= 0 && factor < 1)) {
      throw new ArgumentError(`ReduceLrOnPlateau: factor must be in [0, 1) (got ${factor})`);
    }
    requireCount("ReduceLrOnPlateau", "patience", patience, 0);
    requireCount("ReduceLrOnPlateau", "cooldown", cooldown, 0);
    this.state = { lr: options.lr, best: null, badCount: 0, cooldownLeft: 0 };
  }

  get lr(): number {
    return this.state.lr;
  }

  /** Takes notice of a figure: once per evaluation. A NaN is never progress. */
  update(figure: number): void {
    const { patience, cooldown, factor, minLr, eps } = this.options;
    let { lr, best, badCount, cooldownLeft } = this.state;
    if (this.isBetter(figure, best)) {
      best = figure;
      badCount = 0;
    } else badCount++;
    if (cooldownLeft > 0) {
      cooldownLeft--;
      badCount = 0;
    }
    if (badCount > patience) {
      const lower = Math.max(lr * factor, minLr);
      if (lr - lower > eps) lr = lower;
      cooldownLeft = cooldown;
      badCount = 0;
    }
    this.state = { lr, best, badCount, cooldownLeft };
  }

  stateDict(): PlateauState {
    return { ...this.state };
  }

  loadStateDict(state: PlateauState): void {
    this.state = { ...state };
  }

  private isBetter(figure: number, best: number | null): boolean {
    if (best === null) return !Number.isNaN(figure);
    const { mode, threshold, thresholdMode } = this.options;
    const sign = mode === "min" ? -1 : 1;
    const bar = thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === "min" ? figure < bar : figure > bar;
  }
}
