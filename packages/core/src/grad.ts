import { backward } from "./backward.ts";
import { isFloat } from "./dtype.ts";
import { ArgumentError, GradientError } from "./errors.ts";
import { full } from "./ops/fill.ts";
import { forEachTensor, tidy } from "./scope.ts";
import { Tape, withTape } from "./tape.ts";
import { shareInScope, type Tensor } from "./tensor.ts";

/** What the differentiated function returns: the loss alone, or the loss and tensors to look at. */
export type Differentiable =
  | Tensor
  | { readonly loss: Tensor; readonly aux: Readonly<Record<string, Tensor>> };

/** The outcome of `valueAndGrad`: owned by whoever declares it with `using`. */
export interface ValueAndGrad {
  /** The loss, a scalar. */
  readonly value: Tensor;
  /** What the function returned beside the loss. */
  readonly aux: Readonly<Record<string, Tensor>>;
  /** `grads[i]` belongs to `parameters[i]` and has its shape; zeros where the loss does not depend on it. */
  readonly grads: readonly Tensor[];
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A plain object, so that `tidy` finds the tensors in it. */
function ownedResult(
  value: Tensor,
  aux: Readonly<Record<string, Tensor>>,
  grads: readonly Tensor[],
): ValueAndGrad {
  const dispose = (): void => forEachTensor([value, aux, grads], (tensor) => tensor.dispose());
  return { value, aux, grads, dispose, [Symbol.dispose]: dispose };
}

/**
 * The value of a scalar function and its gradients with respect to `parameters`, by reverse accumulation.
 *
 * Opens a scope: of all that `fn` computes, only the result survives, until its `dispose()` (best by `using`). Calls
 * nest: gradients of gradients are gradients.
 *
 * @param fn  computes a scalar from the parameters, or `{ loss, aux }`
 * @param parameters  float tensors
 * @returns the loss, and one gradient per parameter
 * @throws GradientError if the loss is not a float scalar, or an op on the way has no gradient
 * @see Griewank & Walther 2008, Evaluating Derivatives, chapter 3
 * @example
 * const w = tensor([1, 2, 3]);
 * using result = valueAndGrad(() => w.square().sum(), [w]);
 * result.value; // => 14
 * result.grads; // => [[2, 4, 6]]
 */
export function valueAndGrad(fn: () => Differentiable, parameters: readonly Tensor[]): ValueAndGrad {
  requireFloatSources("valueAndGrad", "parameter", parameters);
  const tape = new Tape(parameters);
  try {
    return tidy(() => {
      const outcome = withTape(tape, () => tidy(fn as () => never)) as Differentiable;
      const loss = "loss" in outcome ? outcome.loss : outcome;
      checkLoss(loss);
      const seed = full([], 1, { dtype: loss.dtype, backend: loss.backend });
      const grads = backward(tape, [loss], [seed], parameters);
      // Fresh handles: the function may have handed back a parameter, which disposing of the result must not touch.
      const aux = "loss" in outcome ? mapRecord(outcome.aux, shareInScope) : {};
      return ownedResult(shareInScope(loss), aux, grads);
    });
  } finally {
    tape.dispose();
  }
}

/**
 * The gradients of a scalar function alone: `valueAndGrad(fn, parameters).grads`. Calls nest.
 *
 * @param fn  computes a scalar from the parameters
 * @param parameters  float tensors
 * @returns one gradient per parameter, in the current scope
 * @throws GradientError as `valueAndGrad`
 * @example
 * const x = tensor([1, 2]);
 * const [second] = grad(() => grad(() => x.pow(3).sum(), [x])[0].sum(), [x]);
 * second; // => [6, 12]
 */
export function grad(fn: () => Tensor, parameters: readonly Tensor[]): readonly Tensor[] {
  return tidy(() => valueAndGrad(fn, parameters).grads);
}

type Cotangents = readonly (Tensor | null)[];

/**
 * Vector-Jacobian products: the outputs of `fn`, and `sum_i J_i^T cotangents[i]` for each input.
 *
 * @param fn  computes the outputs from the inputs
 * @param inputs  float tensors
 * @param cotangents  one per output, in its shape; null where nothing depends on that output. Or a function of the
 *   outputs that gives them
 * @returns outputs and gradients (one per input, zeros where no output depends on it), in the current scope
 * @throws ArgumentError unless there is a cotangent per output; ShapeError where its shape is not the output's
 * @example
 * const x = tensor([1, 2]);
 * const { grads } = vjp(() => [x.square()], [x], [tensor([1, 10])]);
 * grads; // => [[2, 40]]
 * vjp(() => [x.square()], [x], ([y]) => [y]).grads; // => [[2, 16]]
 */
export function vjp(
  fn: () => readonly Tensor[],
  inputs: readonly Tensor[],
  cotangents: Cotangents | ((outputs: readonly Tensor[]) => Cotangents),
): { outputs: readonly Tensor[]; grads: readonly Tensor[] } {
  requireFloatSources("vjp", "input", inputs);
  const tape = new Tape(inputs);
  try {
    return tidy(() => {
      const outputs = withTape(tape, () => tidy(fn));
      const given = typeof cotangents === "function" ? cotangents(outputs) : cotangents;
      if (outputs.length !== given.length) {
        throw new ArgumentError(`vjp: ${outputs.length} outputs but ${given.length} cotangents`);
      }
      const grads = backward(tape, outputs, given, inputs);
      return { outputs: outputs.map(shareInScope), grads };
    });
  } finally {
    tape.dispose();
  }
}

function requireFloatSources(name: string, what: string, sources: readonly Tensor[]): void {
  for (const [i, source] of sources.entries()) {
    if (!isFloat(source.dtype)) {
      throw new GradientError(`${name}: ${what} ${i} is ${source.dtype}; only float tensors have gradients`);
    }
  }
}

function checkLoss(loss: Tensor): void {
  if (loss.rank !== 0) {
    throw new GradientError(
      `valueAndGrad: the loss must be a scalar (got ${loss.describe()}); reduce it with sum() or mean()`,
    );
  }
  if (!isFloat(loss.dtype)) {
    throw new GradientError(`valueAndGrad: the loss must be float (got ${loss.describe()})`);
  }
}

function mapRecord<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}
