import { ArgumentError } from "../../errors.ts";
import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

export interface OneCycleLrOptions {
  readonly maxLr: number;
  readonly totalSteps: number;
  /** Share of the steps that go up. Default 0.3. */
  readonly pctStart?: number;
  /** Default "cos". */
  readonly annealStrategy?: "cos" | "linear";
  /** Momentum where the learning rate is highest, and where it is lowest. Defaults 0.85, 0.95. */
  readonly baseMomentum?: number;
  readonly maxMomentum?: number;
  /** The first learning rate is `maxLr / divFactor`. Default 25. */
  readonly divFactor?: number;
  /** The last one is the first one by this. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Come down as one went up, then go on down to the last learning rate. Default false. */
  readonly threePhase?: boolean;
}

/** A learning rate, and the momentum (or beta1) that goes with it. */
export interface Cycle {
  readonly lr: Schedule;
  readonly momentum: Schedule;
}

interface Phase {
  /** The step at which it ends; not always a whole one. */
  readonly end: number;
  readonly lr: readonly [from: number, to: number];
  readonly momentum: readonly [from: number, to: number];
}

/**
 * Up to `maxLr` and down again in one cycle; momentum goes the other way. PyTorch's OneCycleLR.
 *
 * @throws ArgumentError unless totalSteps is a count and pctStart in [0, 1]; by the schedules beyond `totalSteps`
 * @see Smith & Topin 2018, arXiv:1708.07120
 * @example
 * const { lr, momentum } = oneCycleLr({ maxLr: 0.1, totalSteps: 100 });
 * const optimizer = new Adam([tensor([1])], { lr, betas: [momentum, 0.999] });
 * [lr(29), momentum(29)]; // => [0.1, 0.85]
 */
export function oneCycleLr(options: OneCycleLrOptions): Cycle {
  const { totalSteps, annealStrategy = "cos" } = options;
  requireCount("oneCycleLr", "totalSteps", totalSteps);
  const phases = phasesOf(options);
  const at =
    (what: "lr" | "momentum"): Schedule =>
    (step) => {
      if (step > totalSteps) {
        throw new ArgumentError(`oneCycleLr: the cycle has ${totalSteps} steps (asked for step ${step})`);
      }
      const found = phases.findIndex(({ end }) => step <= end);
      const i = found < 0 ? phases.length - 1 : found;
      const start = i === 0 ? 0 : phases[i - 1].end;
      const progress = Math.min(1, (step - start) / (phases[i].end - start));
      const [from, to] = phases[i][what];
      if (annealStrategy === "linear") return from + (to - from) * progress;
      return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
    };
  return { lr: at("lr"), momentum: at("momentum") };
}

function phasesOf(options: OneCycleLrOptions): readonly Phase[] {
  const { maxLr, totalSteps, pctStart = 0.3, baseMomentum = 0.85, maxMomentum = 0.95 } = options;
  const { divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
  if (!(pctStart >= 0 && pctStart <= 1)) {
    throw new ArgumentError(`oneCycleLr: pctStart must be in [0, 1] (got ${pctStart})`);
  }
  const first = maxLr / divFactor;
  const last = first / finalDivFactor;
  const top = pctStart * totalSteps - 1;
  const up: Phase = { end: top, lr: [first, maxLr], momentum: [maxMomentum, baseMomentum] };
  const end = totalSteps - 1;
  if (!threePhase) return [up, { end, lr: [maxLr, last], momentum: [baseMomentum, maxMomentum] }];
  return [
    up,
    { end: 2 * top, lr: [maxLr, first], momentum: [baseMomentum, maxMomentum] },
    { end, lr: [first, last], momentum: [maxMomentum, maxMomentum] },
  ];
}
