import { ArgumentError, GradientError, ShapeError } from "./errors.ts";
import { formatShape, sameShape } from "./layout.ts";
import type { Inputs } from "./op.ts";
import { add } from "./ops/arithmetic.ts";
import { full } from "./ops/fill.ts";
import { sumTo } from "./ops/sum-to.ts";
import { forEachTensor, tidy } from "./scope.ts";
import { releaseSaves, Tape, type TapeNode, withTape } from "./tape.ts";
import { shareInScope, type Tensor } from "./tensor.ts";

/** What the differentiated function returns: the loss alone, or the loss and tensors to look at. */
export type Differentiable = Tensor | { readonly loss: Tensor; readonly aux: Readonly<Record<string, Tensor>> };

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
function ownedResult(value: Tensor, aux: Readonly<Record<string, Tensor>>, grads: readonly Tensor[]): ValueAndGrad {
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
 * console.log(await result.grads[0].data()); // Float32Array [2, 4, 6]
 */
export function valueAndGrad(fn: () => Differentiable, parameters: readonly Tensor[]): ValueAndGrad {
  for (const [i, parameter] of parameters.entries()) {
    if (parameter.dtype !== "f32" && parameter.dtype !== "f64") {
      throw new GradientError(`valueAndGrad: parameter ${i} is ${parameter.dtype}; only float tensors have gradients`);
    }
  }
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

function checkLoss(loss: Tensor): void {
  if (loss.size !== 1 || loss.rank !== 0) {
    throw new GradientError(`valueAndGrad: the loss must be a scalar (got ${loss.describe()}); reduce it with sum() or mean()`);
  }
  if (loss.dtype !== "f32" && loss.dtype !== "f64") throw new GradientError(`valueAndGrad: the loss must be float (got ${loss.describe()})`);
}

function mapRecord<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}

/**
 * Vector-Jacobian products: the outputs of `fn`, and `sum_i J_i^T cotangents[i]` for each input.
 *
 * @example
 * const x = tensor([1, 2]);
 * const { grads } = vjp(() => [x.square()], [x], [tensor([1, 10])]); // [2, 40]
 */
export function vjp(
  fn: () => readonly Tensor[],
  inputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
): { outputs: readonly Tensor[]; grads: readonly Tensor[] } {
  const tape = new Tape(inputs);
  try {
    return tidy(() => {
      const outputs = withTape(tape, fn);
      if (outputs.length !== cotangents.length) {
        throw new ArgumentError(`vjp: ${outputs.length} outputs but ${cotangents.length} cotangents`);
      }
      return { outputs, grads: backward(tape, outputs, cotangents, inputs) };
    });
  } finally {
    tape.dispose();
  }
}

/** Walks the tape backwards from `outputs`, and returns the gradients of `sources`. */
function backward(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  sources: readonly Tensor[],
): Tensor[] {
  const gradients = new Map<number, Tensor>();
  outputs.forEach((output, i) => {
    const cotangent = cotangents[i];
    if (cotangent === null || !tape.tracks(output.id)) return;
    if (!sameShape(cotangent.shape, output.shape)) {
      throw new ShapeError(`vjp: the cotangent of ${output.describe()} has shape ${formatShape(cotangent.shape)}`);
    }
    accumulate(gradients, output.id, cotangent.share());
  });
  const keepIds = new Set(sources.map((source) => source.id));
  for (let i = tape.nodes.length - 1; i >= 0; i--) {
    const node = tape.nodes[i];
    propagate(node, gradients, keepIds);
    releaseSaves(node);
  }
  const result = sources.map((source) => {
    const gradient = gradients.get(source.id);
    return gradient ? shareInScope(gradient) : full(source.shape, 0, { dtype: source.dtype, backend: source.backend });
  });
  for (const gradient of gradients.values()) gradient.dispose();
  return result;
}

/** Applies one node's rule, and adds what it gives to the gradients of the node's inputs. */
function propagate(node: TapeNode, gradients: Map<number, Tensor>, keepIds: ReadonlySet<number>): void {
  const grads = node.outputIds.map((id) => gradients.get(id) ?? null);
  if (grads.every((grad) => grad === null)) return;
  tidy(() => {
    const rule = node.op.definition.vjp;
    const results = rule?.({
      grads,
      get grad(): Tensor {
        const [first] = grads;
        if (first === null) throw new GradientError(`${node.op.name}: its rule reads the gradient of an output that nothing depends on`);
        return first;
      },
      inputs: node.savedInputs as Inputs,
      outputs: node.savedOutputs as Tensor[],
      specs: node.specs,
      attrs: node.attrs,
      needs: node.inputIds.map((id) => id !== 0),
    });
    node.inputIds.forEach((id, i) => {
      if (id === 0) return;
      const result = results?.[i] ?? null;
      if (result === null) {
        throw new GradientError(`${node.op.name}: its rule gives no gradient for input ${i}, which needs one`);
      }
      accumulate(gradients, id, fit(node, i, result).share());
    });
    return null;
  });
  for (const id of node.outputIds) {
    if (keepIds.has(id)) continue;
    gradients.get(id)?.dispose();
    gradients.delete(id);
  }
}

/** Sums a gradient down to the shape of its input where that was broadcast, and checks it. */
function fit(node: TapeNode, i: number, gradient: Tensor): Tensor {
  const { shape, dtype } = node.specs[i];
  if (gradient.dtype !== dtype) {
    throw new GradientError(`${node.op.name}: the gradient of input ${i} is ${gradient.dtype}, the input ${dtype}`);
  }
  if (sameShape(gradient.shape, shape)) return gradient;
  return sumTo(gradient, shape, `${node.op.name}: gradient of input ${i}`);
}

/** Adds `gradient`, which it takes over, to what is there. */
function accumulate(gradients: Map<number, Tensor>, id: number, gradient: Tensor): void {
  const present = gradients.get(id);
  if (present === undefined) {
    gradients.set(id, gradient);
    return;
  }
  const total = tidy(() => add(present, gradient));
  gradients.set(id, total.share());
  total.dispose();
  present.dispose();
  gradient.dispose();
}
