import { AutocastState, currentAutocast, withAutocast } from "./autocast-state.ts";
import { GradientError } from "./errors.ts";
import { vjp } from "./grad.ts";
import type { AnyOp, Inputs, OpDefinition } from "./op.ts";
import { tidy } from "./scope.ts";
import { activeTapes, type Observer, recordingTapes, recordOn, type Tape, withTape } from "./tape.ts";
import { newestId, type Tensor, viewOf } from "./tensor.ts";

type Outputs = Tensor | readonly Tensor[];

interface CheckpointAttrs {
  readonly fn: (...inputs: Tensor[]) => Outputs;
  /** The first inputs of the node are the function's; behind them come the tensors that it captured. */
  readonly arity: number;
  readonly operands: number;
}

const asList = (outputs: Outputs): readonly Tensor[] => ("shape" in outputs ? [outputs] : outputs);

/** Not in the registry: its attributes are a function, and it runs by `checkpoint` alone. */
const definition: OpDefinition<readonly Tensor[], CheckpointAttrs> = {
  saves: ({ operands }) => ({ inputs: Array.from({ length: operands }, (_, i) => i) }),
  vjp({ grads, inputs, attrs: { fn, arity }, needs }) {
    const sources = inputs.filter((_, i) => needs[i]);
    const found = vjp(() => asList(fn(...inputs.slice(0, arity))), sources, grads).grads.values();
    return needs.map((needed) => (needed ? (found.next().value ?? null) : null));
  },
};
const checkpointOp = { name: "checkpoint", definition } as unknown as AnyOp; // as the registry holds ops

/** Sees what a function reads that was made outside of it. */
class Captures implements Observer {
  private readonly tapes: readonly Tape[];
  private readonly newestBefore = newestId();
  private readonly outside = new Set<Tensor>();

  constructor(tapes: readonly Tape[]) {
    this.tapes = tapes;
  }

  isOutside(tensor: Tensor): boolean {
    return tensor.id <= this.newestBefore;
  }

  observe(inputs: Inputs): void {
    for (const input of inputs) if (input !== null && this.isOutside(input)) this.outside.add(input);
  }

  /** What a gradient is asked for, beside the inputs: one handle of each value. */
  tracked(inputs: readonly Tensor[]): Tensor[] {
    const known = new Set(inputs.map(({ id }) => id));
    return [...this.outside].filter((tensor) => {
      if (tensor.isDisposed || known.has(tensor.id)) return false;
      known.add(tensor.id);
      return this.tapes.some((tape) => tape.tracks(tensor.id));
    });
  }

  /** @throws GradientError if something that the function will read again dies before the backward pass */
  requireLifetime(tapes: readonly Tape[]): void {
    for (const tensor of this.outside) {
      const { scope } = tensor;
      if (scope === null || tapes.every((tape) => scope.encloses(tape.scope))) continue;
      throw new GradientError(
        `checkpoint: the function reads ${tensor.describe()}, which is none of its inputs and dies before the backward pass; pass it as an input`,
      );
    }
  }
}

/**
 * Runs `fn` without keeping what it computes on the way: the backward pass runs it again. Trades a second forward pass
 * for memory; the gradients are the same.
 *
 * `fn` has to compute the same both times: randomness comes from keys, so dropout does. What it reads, beside its
 * inputs, has to live until the backward pass, as parameters and what was made outside of `valueAndGrad` do; all of it
 * gets its gradient. Calls nest, and gradients of gradients are right.
 *
 * @param fn  computes a tensor, or several, from the inputs
 * @param inputs  what `fn` is called with; masks and the like, too
 * @returns what `fn` returns
 * @throws GradientError if `fn` reads a tensor that is no input and dies before the backward pass
 * @see Chen et al. 2016, arXiv:1604.06174
 * @example
 * const w = tensor([[1, 2], [3, 4]]);
 * const x = tensor([[1, 1]]);
 * using result = valueAndGrad(() => checkpoint((h) => h.matmul(w).square(), x).sum(), [w]);
 * result.grads[0]; // => [[8, 12], [8, 12]]
 */
export function checkpoint<I extends readonly Tensor[], T extends Outputs>(
  fn: (...inputs: NoInfer<I>) => T,
  ...inputs: I
): T {
  const tapes = activeTapes();
  if (tapes.length === 0) return tidyOutputs(() => fn(...inputs));
  const autocastDtype = currentAutocast()?.dtype ?? null;
  // The backward pass runs it as this one does; casts of either are its own.
  const again = (...given: readonly Tensor[]): T =>
    withAutocast(autocastDtype && new AutocastState(autocastDtype), () => fn(...(given as I)));
  const captures = new Captures(tapes);
  // Handles that no scope ends, so that reading an input by another handle is noticed.
  const shares = inputs.map((input) => input.share());
  try {
    const result = tidyOutputs(() => {
      const outputs = withTape(captures, () => again(...shares));
      return distinct(outputs, captures) as T;
    });
    const operands = [...inputs, ...captures.tracked(inputs)];
    const recording = recordingTapes(operands);
    if (recording !== null) {
      captures.requireLifetime(recording);
      const attrs = { fn: again, arity: inputs.length, operands: operands.length };
      recordOn(recording, checkpointOp, operands, asList(result), attrs);
    }
    return result;
  } finally {
    for (const share of shares) share.dispose();
  }
}

/** `tidy` for functions that return tensors: never a promise. */
function tidyOutputs<T extends Outputs>(fn: () => T): T {
  return tidy(fn as () => never);
}

/** Outputs as values of their own, where the function hands back what it was given, or the same twice. */
function distinct(outputs: Outputs, captures: Captures): Outputs {
  const seen = new Set<number>();
  const fresh = (output: Tensor): Tensor => {
    const given = captures.isOutside(output) || seen.has(output.id);
    seen.add(output.id);
    return given ? viewOf(output, output) : output;
  };
  return "shape" in outputs ? fresh(outputs) : outputs.map(fresh);
}
