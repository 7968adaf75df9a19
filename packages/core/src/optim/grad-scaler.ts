import "../methods.ts";
import { ArgumentError, DTypeError } from "../errors.ts";
import { mul } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { full } from "../ops/fill.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { gradNorm } from "./clip.ts";
import type { Optimizer } from "./optimizer.ts";

export interface GradScalerOptions {
  /** The factor on the loss at first. Default 65536. */
  readonly initScale?: number;
  /** Times the factor after `growthInterval` steps without an overflow. Default 2. */
  readonly growthFactor?: number;
  /** Times the factor after an overflow. Default 0.5. */
  readonly backoffFactor?: number;
  /** Default 2000. */
  readonly growthInterval?: number;
  /** False leaves losses as they are, and takes every step. Default true. */
  readonly enabled?: boolean;
}

/** What training needs to go on with the same factor: plain JSON. */
export interface GradScalerState {
  readonly scale: number;
  readonly growthFactor: number;
  readonly backoffFactor: number;
  readonly growthInterval: number;
  /** Steps since the last change of the factor. */
  readonly growthTracker: number;
}

/** How a step went. */
export interface ScaledStep {
  /** False where gradients were infinite or NaN: nothing has changed then. */
  readonly taken: boolean;
  /** Of the gradients of the unscaled loss, together; before clipping. */
  readonly norm: number;
}

/**
 * Keeps small gradients of a mixed-precision computation from vanishing in f16: the loss is multiplied by a large factor,
 * the gradients are divided by it, and where they overflowed, the step is left out and the factor made smaller.
 *
 * One number is read from the device at each step: the norm of all gradients, which is infinite or NaN if any of them is.
 * Gradients are divided within the optimizer's step, in no pass of their own.
 *
 * @see Micikevicius et al. 2018, arXiv:1710.03740, section 3.2; PyTorch's `torch.amp.GradScaler`, whose constants and
 *   rules these are
 * @example
 * const w = tensor([1, 2]);
 * const optimizer = new SGD([w], { lr: 0.1 });
 * const scaler = new GradScaler();
 * using result = valueAndGrad(() => {
 *   const loss = autocast({ dtype: "f16" }, () => w.square().sum());
 *   return scaler.scale(loss);
 * }, [w]);
 * const { taken, norm } = await scaler.step(optimizer, result.grads, { maxNorm: 1 });
 * scaler.update();
 * taken; // => true
 * norm; // => 4.4721
 */
export class GradScaler {
  private readonly isEnabled: boolean;
  private state: GradScalerState;
  private overflowed = false;

  /** @throws ArgumentError unless the factors are finite, growthFactor > 1 > backoffFactor > 0 and the interval a whole number */
  constructor(options: GradScalerOptions = {}) {
    const { initScale = 65536, growthFactor = 2, backoffFactor = 0.5, growthInterval = 2000 } = options;
    this.isEnabled = options.enabled ?? true;
    this.state = { scale: initScale, growthFactor, backoffFactor, growthInterval, growthTracker: 0 };
    check("GradScaler", this.state);
  }

  /** The factor on the loss; 1 where scaling is off. */
  get lossScale(): number {
    return this.isEnabled ? this.state.scale : 1;
  }

  /** The loss times the factor, in f32 or wider: what gradients are taken of. */
  scale(loss: Tensor): Tensor {
    if (!this.isEnabled) return loss;
    return tidy(() => mul(loss.dtype === "f16" ? cast(loss, "f32") : loss, this.state.scale));
  }

  /**
   * Divides the gradients by the factor, clips them if `maxNorm` is given, and takes the step, unless a gradient is
   * infinite or NaN.
   *
   * @param grads  of the scaled loss, as `optimizer.step` takes them
   * @throws DTypeError for gradients in f16: parameters stay f32, `autocast` casts them; and as `optimizer.step`
   */
  async step(
    optimizer: Optimizer,
    grads: readonly (Tensor | null)[],
    options: { readonly maxNorm?: number } = {},
  ): Promise<ScaledStep> {
    const { maxNorm } = options;
    if (maxNorm !== undefined && !(maxNorm >= 0)) {
      throw new ArgumentError(`GradScaler.step: maxNorm must be at least 0 (got ${maxNorm})`);
    }
    const given = grads.filter((grad) => grad !== null);
    const half = given.find(({ dtype }) => dtype === "f16");
    if (half) {
      throw new DTypeError(
        `GradScaler.step: ${half.describe()} is a gradient in f16, too narrow to be divided; keep the parameters in f32 and compute under autocast`,
      );
    }
    const norm = await normOf(given, this.lossScale);
    if (this.isEnabled && !Number.isFinite(norm)) {
      this.overflowed = true;
      return { taken: false, norm };
    }
    const clip = maxNorm === undefined ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
    const factor = clip / this.lossScale;
    if (factor === 1 || given.length === 0) optimizer.step(grads);
    else {
      const [{ dtype, backend }] = given;
      tidy(() => optimizer.step(grads, { gradScale: full([], factor, { dtype, backend }) }));
    }
    return { taken: true, norm };
  }

  /** Ends a round of steps: the factor shrinks if one was left out, and grows after many that were not. */
  update(): void {
    if (!this.isEnabled) return;
    const { scale, growthFactor, backoffFactor, growthInterval, growthTracker } = this.state;
    if (this.overflowed) this.state = { ...this.state, scale: scale * backoffFactor, growthTracker: 0 };
    else if (growthTracker + 1 < growthInterval)
      this.state = { ...this.state, growthTracker: growthTracker + 1 };
    else {
      const grown = scale * growthFactor;
      this.state = { ...this.state, scale: Math.fround(grown) < Infinity ? grown : scale, growthTracker: 0 };
    }
    this.overflowed = false;
  }

  /** The factor and its rules, for a checkpoint. */
  stateDict(): GradScalerState {
    return { ...this.state };
  }

  /**
   * Goes on from a state.
   *
   * @throws ArgumentError for numbers that no scaler has
   */
  loadStateDict(state: GradScalerState): void {
    const { scale, growthFactor, backoffFactor, growthInterval, growthTracker } = state;
    const loaded = { scale, growthFactor, backoffFactor, growthInterval, growthTracker };
    check("GradScaler.loadStateDict", loaded);
    this.state = loaded;
    this.overflowed = false;
  }
}

async function normOf(grads: readonly Tensor[], scale: number): Promise<number> {
  if (grads.length === 0) return 0;
  using norm = gradNorm(grads);
  return (await norm.item()) / scale;
}

function check(name: string, state: GradScalerState): void {
  const { scale, growthFactor, backoffFactor, growthInterval, growthTracker } = state;
  const positive = Number.isFinite(scale) && scale > 0;
  const factors = growthFactor > 1 && Number.isFinite(growthFactor) && backoffFactor > 0 && backoffFactor < 1;
  const counts = Number.isInteger(growthInterval) && growthInterval > 0 && Number.isInteger(growthTracker);
  if (positive && factors && counts && growthTracker >= 0) return;
  throw new ArgumentError(
    `${name}: needs a scale > 0, growthFactor > 1, 0 < backoffFactor < 1 and a whole growthInterval > 0 (got ${JSON.stringify(state)})`,
  );
}
