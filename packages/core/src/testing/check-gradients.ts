import "../methods.ts";
import { DTypeError, GradientError } from "../errors.ts";
import { valueAndGrad } from "../grad.ts";
import { formatShape } from "../layout.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { randn } from "../ops/random.ts";
import { sum } from "../ops/reduce.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { evaluateAll } from "./evaluate.ts";

/** The function under test: of the inputs, to one float tensor or several. */
export type TestedFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

export interface CheckGradientsOptions {
  /** Half the step of the central differences. Default 1e-5. */
  readonly eps?: number;
  /** Allowed difference, relative to `max(1, |derivative|)`. Default 1e-6. */
  readonly tolerance?: number;
  /** 2: the gradient itself is differentiated as well. Default 1. */
  readonly order?: 1 | 2;
  /** Random directions per input. Default 2. */
  readonly directions?: number;
  /** Where the directions come from. */
  readonly key?: Key;
}

/**
 * Checks the gradients of `fn` against central differences along random directions: for random cotangents `u` and a
 * random direction `v` of one input, `<grad <u, fn>, v>` and `(<u, fn(x + eps v)> - <u, fn(x - eps v)>) / (2 eps)` have
 * to agree. Order 2 repeats that with the gradient of `<u, fn>` in place of `fn`.
 *
 * @param fn  computes from its arguments (not from the tensors themselves, which the differences move)
 * @param inputs  f64, on a backend that has it: the reference backend. Keep away from kinks by more than eps
 * @throws GradientError where they differ, with both numbers; DTypeError unless all is f64
 * @see HIPS/autograd, test_util.py: check_grads
 * @example
 * const a = randn(new Key(1), [2, 3], { dtype: "f64" });
 * const b = randn(new Key(2), [3], { dtype: "f64" });
 * await checkGradients((x, y) => x.mul(y).tanh(), [a, b], { order: 2 });
 */
export async function checkGradients(
  fn: TestedFunction,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions = {},
): Promise<void> {
  requireF64("input", inputs);
  const key = options.key ?? new Key(0);
  await checkFirstOrder(fn, inputs, options, key.fold(0), 1);
  if (options.order !== 2) return;
  const gradient: TestedFunction = (...xs) => valueAndGrad(() => project(fn(...xs), key.fold(0)), xs).grads;
  await checkFirstOrder(gradient, inputs, options, key.fold(1), 2);
}

async function checkFirstOrder(
  fn: TestedFunction,
  inputs: readonly Tensor[],
  { eps = 1e-5, tolerance = 1e-6, directions = 2 }: CheckGradientsOptions,
  key: Key,
  order: number,
): Promise<void> {
  for (const [i, input] of inputs.entries()) {
    for (let n = 0; n < directions; n++) {
      const [[byReverse], [above], [below]] = await evaluateAll(() => {
        const direction = randn(key.fold(1 + i).fold(n), input.shape, like(input));
        const moved = (step: number): Tensor[] =>
          inputs.map((x, j) => (j === i ? add(x, mul(direction, step)) : x));
        const { grads } = valueAndGrad(() => project(fn(...inputs), key), inputs);
        return [
          sum(mul(grads[i], direction)),
          project(fn(...moved(eps)), key),
          project(fn(...moved(-eps)), key),
        ];
      });
      const byDifferences = (above - below) / (2 * eps);
      const scale = Math.max(1, Math.abs(byReverse), Math.abs(byDifferences));
      if (Math.abs(byReverse - byDifferences) <= tolerance * scale) continue;
      throw new GradientError(
        `checkGradients: order ${order}, input ${i} ${formatShape(input.shape)}: the derivative along direction ${n} is ${byReverse} by reverse, ${byDifferences} by differences`,
      );
    }
  }
}

/** `sum_j <u_j, outputs_j>` for random u: a scalar whose gradient sees every element of every output. */
function project(outputs: Tensor | readonly Tensor[], key: Key): Tensor {
  const list = "shape" in outputs ? [outputs] : outputs;
  requireF64("output", list);
  return list
    .map((output, j) => sum(mul(output, randn(key.fold(0).fold(j), output.shape, like(output)))))
    .reduce((total, part) => add(total, part));
}

function like(x: Tensor): { readonly dtype: "f64"; readonly backend: Tensor["backend"] } {
  return { dtype: "f64", backend: x.backend };
}

function requireF64(what: string, tensors: readonly Tensor[]): void {
  for (const [i, x] of tensors.entries()) {
    if (x.dtype !== "f64") {
      throw new DTypeError(`checkGradients: ${what} ${i} must be f64 (got ${x.describe()})`);
    }
  }
}
