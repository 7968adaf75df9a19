import { type AttentionAttrs, bytesPerElement, type View } from "@saccade/core/backend";
import { count } from "../wgsl/operand.ts";
import type { Axis, Cuts } from "./call.ts";

type Inputs = readonly (View | null)[];

/** Of the inputs: `[B, T, 3]`, the only one of three dimensions that has no heads. */
const RANGES = 6;

/** What attention understands beside its attributes: where among all its batch items and heads are, and how many heads there are. */
export interface PlacedHeads {
  readonly first?: { readonly batch: number; readonly head: number; readonly heads: number };
}

/** The attributes of a block that begins at element `first` of an output of this shape, `[B, H, T, E]`. */
export function placedHeads<A extends AttentionAttrs>(
  attrs: A,
  first: number,
  [, heads, T, E]: readonly number[],
): A & PlacedHeads {
  const head = first / (T * E);
  return { ...attrs, first: { batch: Math.floor(head / heads), head: head % heads, heads } };
}

/** How attention whose inputs before those of `attrs.mods` are `own` is cut. */
export function attentionRules(own: number): {
  readonly cuts: (inputs: Inputs, outputs: readonly View[], attrs: AttentionAttrs) => Cuts;
  readonly feasible: (inputs: Inputs, attrs: AttentionAttrs, room: number) => boolean;
} {
  const isCaptured = (i: number): boolean => i > own;
  return {
    /** Along batches, and along heads, where queries and keys have as many. Slopes and sinks are `[H]`. */
    cuts: (inputs, outputs, { dropout, mods }) => {
      const batch = (view: View | null, i: number): number =>
        view && view.shape.length > 1 && !isCaptured(i) ? 0 : -1;
      const head = (view: View | null, i: number): number => {
        if (view === null || i === RANGES || isCaptured(i)) return -1;
        return view.shape.length > 1 ? 1 : 0;
      };
      const batches: Axis = { inputs: inputs.map(batch), outputs: outputs.map(() => 0) };
      const heads: Axis = { inputs: inputs.map(head), outputs: outputs.map(() => 1) };
      const axes = headsMatch(inputs) ? [batches, heads] : [batches];
      // Random words and functions are told places among all batches and heads
      return { axes, inOrder: dropout > 0 || mods !== undefined };
    },
    /** Whether a batch, or a head, is small enough, and whatever does not fall into them. */
    feasible: (inputs, _, room) => {
      const perHead = headsMatch(inputs);
      return inputs.every((view, i) => {
        if (view === null || view.shape.length === 1) return true;
        const [batches, heads] = view.shape;
        const blocks = isCaptured(i) ? 1 : perHead && i !== RANGES ? batches * heads : batches;
        return (count(view) / Math.max(1, blocks)) * bytesPerElement[view.dtype] <= room;
      });
    },
  };
}

function headsMatch([q, k]: Inputs): boolean {
  return q?.shape[1] === k?.shape[1];
}
