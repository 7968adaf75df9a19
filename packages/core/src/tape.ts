import { isFloat } from "./dtype.ts";
import { GradientError } from "./errors.ts";
import type { AnyOp, Inputs, TensorSpec } from "./op.ts";
import { currentScope, type Scope } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

/** One recorded op: what its gradient rule will need, and where the gradients go. */
export interface TapeNode {
  readonly op: AnyOp;
  readonly attrs: unknown;
  /** Ids of the inputs; 0 where an input is absent or needs no gradient. */
  readonly inputIds: readonly number[];
  readonly specs: readonly TensorSpec[];
  readonly outputIds: readonly number[];
  /** Handles that the tape owns; null where the rule does not read them. */
  readonly savedInputs: (Tensor | null)[];
  readonly savedOutputs: (Tensor | null)[];
}

/** What was computed from the tracked tensors, in order. */
export class Tape {
  readonly nodes: TapeNode[] = [];
  /** The scope in which the tape was begun: what lives there outlives the tape. */
  readonly scope: Scope | null = currentScope();
  private readonly tracked: Set<number>;

  constructor(sources: readonly Tensor[]) {
    this.tracked = new Set(sources.map((source) => source.id));
  }

  tracks(id: number): boolean {
    return this.tracked.has(id);
  }

  tracksAny(inputs: Inputs): boolean {
    for (const input of inputs) if (input !== null && this.tracked.has(input.id)) return true;
    return false;
  }

  record(op: AnyOp, inputs: Inputs, outputs: readonly Tensor[], attrs: unknown): void {
    const { definition } = op;
    if (definition.differentiable === false || outputs.every((output) => !isFloat(output.dtype))) return;
    if (!definition.vjp) {
      throw new GradientError(
        `${op.name}: has no gradient rule and no composed form, and was used where a gradient is asked for`,
      );
    }
    const saves = definition.saves?.(attrs);
    this.nodes.push({
      op,
      attrs,
      inputIds: inputs.map((input) => (input !== null && this.tracked.has(input.id) ? input.id : 0)),
      specs: inputs.map((input) => input ?? absent), // tensors that are gone tell their shapes, too
      outputIds: outputs.map((output) => output.id),
      savedInputs: shareSome(inputs, saves?.inputs),
      savedOutputs: shareSome(outputs, saves?.outputs),
    });
    for (const output of outputs) if (isFloat(output.dtype)) this.tracked.add(output.id);
  }

  /** Gives back what the tape still holds. */
  dispose(): void {
    for (const node of this.nodes) releaseSaves(node);
    this.nodes.length = 0;
  }
}

/** Sees what the ops under it read; they record on no tape below it. */
export interface Observer {
  observe(inputs: Inputs): void;
}

const absent: TensorSpec = { dtype: "f32", shape: [] };

function shareSome(tensors: Inputs, indices: readonly number[] | undefined): (Tensor | null)[] {
  const saved: (Tensor | null)[] = [];
  for (let i = 0; i < tensors.length; i++) saved.push(null);
  if (indices) for (const i of indices) saved[i] = tensors[i]?.share() ?? null;
  return saved;
}

/** @internal */
export function releaseSaves(node: TapeNode): void {
  for (const list of [node.savedInputs, node.savedOutputs]) {
    for (let i = 0; i < list.length; i++) {
      list[i]?.dispose();
      list[i] = null;
    }
  }
}

/** Active tapes, outermost first. An observer hides what is below it, null (the barrier of `noGrad`) everything. */
const stack: (Tape | Observer | null)[] = [];

/** The tapes that see what runs now, innermost first. @internal */
export function activeTapes(): readonly Tape[] {
  const tapes: Tape[] = [];
  for (let i = stack.length - 1; i >= 0; i--) {
    const entry = stack[i];
    if (!(entry instanceof Tape)) break;
    tapes.push(entry);
  }
  return tapes;
}

/** The active tapes that track one of the inputs; null if there is none. @internal */
export function recordingTapes(inputs: Inputs): readonly Tape[] | null {
  let tapes: Tape[] | null = null;
  for (let i = stack.length - 1; i >= 0; i--) {
    const entry = stack[i];
    if (entry === null) break;
    if (!(entry instanceof Tape)) {
      entry.observe(inputs);
      break;
    }
    if (!entry.tracksAny(inputs)) continue;
    if (tapes === null) tapes = [entry];
    else tapes.push(entry);
  }
  return tapes;
}

/** @internal */
export function recordOn(
  tapes: readonly Tape[],
  op: AnyOp,
  inputs: Inputs,
  outputs: readonly Tensor[],
  attrs: unknown,
): void {
  for (const tape of tapes) tape.record(op, inputs, outputs, attrs);
}

/** Runs `fn` with a tape, an observer or a barrier on top of the stack. @internal */
export function withTape<T>(entry: Tape | Observer | null, fn: () => T): T {
  stack.push(entry);
  try {
    return fn();
  } finally {
    stack.pop();
  }
}

/** @internal */
export function withoutRecording<T>(fn: () => T): T {
  return stack.length === 0 ? fn() : withTape(null, fn);
}

/**
 * Runs `fn` without recording gradients: what it computes is constant to every enclosing `valueAndGrad`.
 *
 * @example
 * const w = tensor([1, 2]);
 * const { grads } = valueAndGrad(() => w.mul(noGrad(() => w.mul(3))).sum(), [w]);
 * grads[0]; // => [3, 6]
 */
export function noGrad<T>(fn: () => T): T {
  return withTape(null, fn);
}
