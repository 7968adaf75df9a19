import { GradientError } from "./errors.ts";
import type { AnyOp, Inputs, TensorSpec } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/** One recorded op: what its gradient rule will need, and where the gradients go. */
export interface TapeNode {
  readonly op: AnyOp;
  readonly attrs: unknown;
  /** Ids of the inputs; 0 where an input is absent or needs no gradient. */
  readonly inputIds: readonly number[];
  readonly specs: readonly TensorSpec[];
  readonly outputIds: readonly number[];
  readonly outputSpecs: readonly TensorSpec[];
  /** Handles that the tape owns; null where the rule does not read them. */
  readonly savedInputs: (Tensor | null)[];
  readonly savedOutputs: (Tensor | null)[];
}

/** What was computed from the tracked tensors, in order. */
export class Tape {
  readonly nodes: TapeNode[] = [];
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
    if (definition.differentiable === false || outputs.every((output) => !isFloat(output))) return;
    if (!definition.vjp) {
      throw new GradientError(`${op.name}: has no gradient rule and no composed form, and was used where a gradient is asked for`);
    }
    const saves = definition.saves?.(attrs);
    this.nodes.push({
      op,
      attrs,
      inputIds: inputs.map((input) => (input !== null && this.tracked.has(input.id) ? input.id : 0)),
      specs: inputs.map((input) => (input === null ? absent : { dtype: input.dtype, shape: input.shape })),
      outputIds: outputs.map((output) => output.id),
      outputSpecs: outputs.map((output) => ({ dtype: output.dtype, shape: output.shape })),
      savedInputs: shareSome(inputs, saves?.inputs),
      savedOutputs: shareSome(outputs, saves?.outputs),
    });
    for (const output of outputs) if (isFloat(output)) this.tracked.add(output.id);
  }

  /** Gives back what the tape still holds. */
  dispose(): void {
    for (const node of this.nodes) releaseSaves(node);
    this.nodes.length = 0;
  }
}

const absent: TensorSpec = { dtype: "f32", shape: [] };

function isFloat(tensor: Tensor): boolean {
  return tensor.dtype === "f32" || tensor.dtype === "f64";
}

function shareSome(tensors: Inputs, indices: readonly number[] | undefined): (Tensor | null)[] {
  const saved = new Array<Tensor | null>(tensors.length).fill(null);
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

/** Active tapes, outermost first; null is the barrier that `noGrad` puts up. */
const stack: (Tape | null)[] = [];

/** The active tapes that track one of the inputs; null if there is none. @internal */
export function recordingTapes(inputs: Inputs): readonly Tape[] | null {
  let tapes: Tape[] | null = null;
  for (let i = stack.length - 1; i >= 0; i--) {
    const tape = stack[i];
    if (tape === null) break;
    if (!tape.tracksAny(inputs)) continue;
    if (tapes === null) tapes = [tape];
    else tapes.push(tape);
  }
  return tapes;
}

/** @internal */
export function recordOn(tapes: readonly Tape[], op: AnyOp, inputs: Inputs, outputs: readonly Tensor[], attrs: unknown): void {
  for (const tape of tapes) tape.record(op, inputs, outputs, attrs);
}

/** Runs `fn` with `tape` (or a barrier) on top of the stack. @internal */
export function withTape<T>(tape: Tape | null, fn: () => T): T {
  stack.push(tape);
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
 * @example const frozen = noGrad(() => ones([2]).mul(3));
 */
export function noGrad<T>(fn: () => T): T {
  return withTape(null, fn);
}
