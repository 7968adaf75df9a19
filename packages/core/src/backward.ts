import { withoutAutocast } from "./autocast-state.ts";
import { GradientError, ShapeError } from "./errors.ts";
import { formatShape, sameShape } from "./layout.ts";
import type { Inputs, TensorSpec, VjpContext } from "./op.ts";
import { add } from "./ops/arithmetic.ts";
import { full } from "./ops/fill.ts";
import { sumTo } from "./ops/sum-to.ts";
import { keep, tidy } from "./scope.ts";
import { releaseSaves, type Tape, type TapeNode } from "./tape.ts";
import { shareInScope, type Tensor } from "./tensor.ts";

/** Gradients by the id of the value they belong to. Owns its tensors. */
class Gradients {
  private readonly byId = new Map<number, Tensor>();

  get(id: number): Tensor | null {
    return this.byId.get(id) ?? null;
  }

  /** Adds `gradient`, which it takes over, to what is there. */
  add(id: number, gradient: Tensor): void {
    const present = this.byId.get(id);
    if (present === undefined) {
      this.byId.set(id, gradient);
      return;
    }
    try {
      this.byId.set(id, keep(tidy(() => add(present, gradient))));
      present.dispose();
    } finally {
      gradient.dispose();
    }
  }

  /** Hands over the gradient of a value, whose sum is complete. */
  take(id: number): Tensor | null {
    const gradient = this.get(id);
    this.byId.delete(id);
    return gradient;
  }

  dispose(): void {
    for (const gradient of this.byId.values()) gradient.dispose();
    this.byId.clear();
  }
}

/**
 * Walks a tape backwards: from the cotangents of `outputs` (null where there is none) to the gradients of `sources`,
 * in the current scope. What the tape saved is freed on the way. Gradients have the dtypes of what they belong to:
 * autocast has no say here.
 */
export function backward(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  sources: readonly Tensor[],
): Tensor[] {
  return withoutAutocast(() => walk(tape, outputs, cotangents, sources));
}

function walk(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  sources: readonly Tensor[],
): Tensor[] {
  const gradients = new Gradients();
  try {
    outputs.forEach((output, i) => {
      const cotangent = cotangents[i];
      if (cotangent === null || !tape.tracks(output.id)) return;
      if (!sameShape(cotangent.shape, output.shape)) {
        throw new ShapeError(
          `vjp: the cotangent of ${output.describe()} has shape ${formatShape(cotangent.shape)}`,
        );
      }
      gradients.add(output.id, cotangent.share());
    });
    for (let i = tape.nodes.length - 1; i >= 0; i--) {
      propagate(tape.nodes[i], gradients);
      releaseSaves(tape.nodes[i]);
    }
    return sources.map((source) => {
      const gradient = gradients.get(source.id);
      if (gradient) return shareInScope(gradient);
      return full(source.shape, 0, { dtype: source.dtype, backend: source.backend });
    });
  } finally {
    gradients.dispose();
  }
}

/** Applies one node's rule, and adds what it gives to the gradients of the node's inputs. */
function propagate(node: TapeNode, gradients: Gradients): void {
  const grads = node.outputIds.map((id) => gradients.take(id));
  if (grads.every((grad) => grad === null)) return;
  try {
    tidy(() => {
      const results = applyRule(node, grads);
      for (let i = 0; i < node.inputIds.length; i++) {
        const id = node.inputIds[i];
        if (id === 0) continue;
        const result = results[i] ?? null;
        if (result === null) {
          throw new GradientError(
            `${node.op.name}: its rule gives no gradient for input ${i}, which needs one`,
          );
        }
        gradients.add(id, fit(node, i, result).share());
      }
    });
  } finally {
    for (const grad of grads) grad?.dispose();
  }
}

/** What a rule sees of a node: made for each, so a class with its getter on the prototype. */
class RuleContext implements VjpContext<Inputs, unknown> {
  readonly grads: readonly (Tensor | null)[];
  readonly inputs: Inputs;
  readonly outputs: readonly Tensor[];
  readonly specs: readonly TensorSpec[];
  readonly attrs: unknown;
  readonly needs: readonly boolean[];
  private readonly name: string;

  constructor(node: TapeNode, grads: readonly (Tensor | null)[]) {
    this.grads = grads;
    this.inputs = node.savedInputs;
    this.outputs = node.savedOutputs as Tensor[]; // what `saves` does not name is null, as VjpContext says
    this.specs = node.specs;
    this.attrs = node.attrs;
    this.needs = node.inputIds.map((id) => id !== 0);
    this.name = node.op.name;
  }

  get grad(): Tensor {
    const first = this.grads[0];
    if (first !== null) return first;
    throw new GradientError(`${this.name}: its rule reads the gradient of an output that nothing depends on`);
  }
}

function applyRule(node: TapeNode, grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
  const { name, definition } = node.op;
  if (grads.length === 1) return definition.vjp?.(new RuleContext(node, grads)) ?? [];
  const { watched, unread } = watchReads(grads);
  const results = definition.vjp?.(new RuleContext(node, watched)) ?? [];
  const ignored = unread();
  if (ignored.length > 0) {
    throw new GradientError(`${name}: its rule ignores the gradient of output ${ignored.join(" and ")}`);
  }
  return results;
}

/** The gradients of several outputs, and which of them nobody has read so far. One alone is read, or nothing is. */
function watchReads(grads: readonly (Tensor | null)[]): { watched: typeof grads; unread: () => number[] } {
  const read = new Set<PropertyKey>();
  const watched = new Proxy(grads, {
    get(target, property, receiver) {
      read.add(property);
      return Reflect.get(target, property, receiver);
    },
  });
  const unread = (): number[] =>
    grads.flatMap((grad, i) => (grad === null || read.has(String(i)) ? [] : [i]));
  return { watched, unread };
}

/** Sums a gradient down to the shape of its input where that was broadcast, and checks it. */
function fit(node: TapeNode, i: number, gradient: Tensor): Tensor {
  const { shape, dtype } = node.specs[i];
  if (gradient.dtype !== dtype) {
    throw new GradientError(
      `${node.op.name}: the gradient of input ${i} is ${gradient.dtype}, the input ${dtype}`,
    );
  }
  if (sameShape(gradient.shape, shape)) return gradient;
  return sumTo(gradient, shape, `${node.op.name}: gradient of input ${i}`);
}
