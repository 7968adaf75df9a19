import { ArgumentError } from "../errors.ts";
import { clamp } from "../ops/activations.ts";
import { add, div, mul } from "../ops/arithmetic.ts";
import { maximum } from "../ops/binary-math.ts";
import { cast } from "../ops/cast.ts";
import { full } from "../ops/fill.ts";
import { amax, sum } from "../ops/reduce.ts";
import { sumSquares } from "../ops/sum-squares.ts";
import { abs, powScalar, sqrt } from "../ops/unary.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

export interface NormOptions {
  /** p of the norm `(sum |g|^p)^(1/p)`: 1, 2, Infinity or another number above 0. Default 2. */
  readonly normType?: number;
}

/**
 * The norm of all gradients together, as one vector.
 *
 * @returns a scalar on the device: nothing waits for it
 * @throws ArgumentError for no gradients, or a p that is not above 0
 * @example
 * gradNorm([tensor([3]), tensor([[4]])]); // => 5
 */
export function gradNorm(grads: readonly Tensor[], options: NormOptions = {}): Tensor {
  const { normType = 2 } = options;
  if (!(normType > 0)) throw new ArgumentError(`gradNorm: normType must be above 0 (got ${normType})`);
  if (grads.length === 0) throw new ArgumentError("gradNorm: there are no gradients");
  return noGrad(() => tidy(() => totalNorm(grads, normType)));
}

function totalNorm(grads: readonly Tensor[], p: number): Tensor {
  const [{ dtype, backend }] = grads;
  const filled = grads.filter(({ size }) => size > 0);
  if (filled.length === 0) return full([], 0, { dtype, backend });
  if (p === Number.POSITIVE_INFINITY) return filled.map((g) => amax(abs(g))).reduce((a, b) => maximum(a, b));
  if (p === 2) return sqrt(jointSquares(filled));
  const total = filled.map((g) => sum(powScalar(abs(g), p))).reduce((a, b) => add(a, b));
  return powScalar(total, 1 / p);
}

/** The squares of each dtype in one call. */
function jointSquares(grads: readonly Tensor[]): Tensor {
  const dtypes = [...new Set(grads.map(({ dtype }) => dtype))];
  return dtypes
    .map((dtype) => {
      const [first, ...more] = grads.filter((g) => g.dtype === dtype);
      return sumSquares(first, ...more);
    })
    .reduce((a, b) => add(a, b));
}

/**
 * The factor that clips gradients of this norm: `min(1, maxNorm / (norm + 1e-6))`. `optimizer.step` takes it as
 * `gradScale`, which saves a pass over the gradients.
 *
 * @param norm  of `gradNorm`
 * @returns a scalar on the device
 * @example
 * const w = tensor([1]);
 * const grads = [tensor([10])];
 * new SGD([w], { lr: 0.1 }).step(grads, { gradScale: clipScale(gradNorm(grads), 1) });
 * w; // => [0.9]
 */
export function clipScale(norm: Tensor, maxNorm: number): Tensor {
  if (!(maxNorm >= 0)) throw new ArgumentError(`clipScale: maxNorm must be at least 0 (got ${maxNorm})`);
  return noGrad(() => tidy(() => clamp(div(maxNorm, add(norm, 1e-6)), Number.NEGATIVE_INFINITY, 1)));
}

/**
 * Gradients whose joint norm is at most `maxNorm`, as PyTorch's `clip_grad_norm_`: all times
 * `min(1, maxNorm / (norm + 1e-6))`. A norm that is NaN makes them NaN.
 *
 * @returns new gradients, and the norm before (a scalar on the device: nothing waits for it)
 * @throws ArgumentError as `gradNorm`, or if `maxNorm` is negative
 * @see Pascanu et al. 2013, arXiv:1211.5063, algorithm 1
 * @example
 * const { grads, norm } = clipGradNorm([tensor([3]), tensor([4])], 1);
 * norm; // => 5
 * grads; // => [[0.6], [0.8]]
 */
export function clipGradNorm(
  grads: readonly Tensor[],
  maxNorm: number,
  options: NormOptions = {},
): { readonly grads: readonly Tensor[]; readonly norm: Tensor } {
  return noGrad(() =>
    tidy(() => {
      const norm = gradNorm(grads, options);
      const scale = clipScale(norm, maxNorm);
      return { grads: grads.map((g) => mul(g, cast(scale, g.dtype))), norm };
    }),
  );
}

/**
 * Gradients with every element held in `[-clipValue, clipValue]`, as PyTorch's `clip_grad_value_`.
 *
 * @throws ArgumentError if `clipValue` is negative
 * @example
 * clipGradValue([tensor([-3, 0.5])], 1); // => [[-1, 0.5]]
 */
export function clipGradValue(grads: readonly Tensor[], clipValue: number): readonly Tensor[] {
  if (!(clipValue >= 0)) throw new ArgumentError(`clipGradValue: must be at least 0 (got ${clipValue})`);
  return noGrad(() => tidy(() => grads.map((g) => clamp(g, -clipValue, clipValue))));
}
