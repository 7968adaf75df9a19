import { type AttentionAttrs, bytesPerElement, type View } from "@saccade/core/backend";
import { count } from "../wgsl/operand.ts";
import type { Axis, Cuts } from "./call.ts";

type Inputs = readonly (View | null)[];

/** Of the inputs: `[B, T, 3]`, the only one of three dimensions that has no heads. */
const RANGES = 6;

/** Along batches, and along heads, where queries and keys have as many. Slopes and sinks are `[H]`. */
export function attentionCuts(inputs: Inputs, outputs: readonly View[], { dropout }: AttentionAttrs): Cuts {
  if (dropout > 0) return { axes: [] }; // random words are counted over all of them
  const batch = (view: View | null): number => (view && view.shape.length > 1 ? 0 : -1);
  const head = (view: View | null, i: number): number => {
    if (view === null || i === RANGES) return -1;
    return view.shape.length > 1 ? 1 : 0;
  };
  const batches: Axis = { inputs: inputs.map(batch), outputs: outputs.map(() => 0) };
  const heads: Axis = { inputs: inputs.map(head), outputs: outputs.map(() => 1) };
  return { axes: headsMatch(inputs) ? [batches, heads] : [batches] };
}

/** Whether a batch, or a head, is small enough. */
export function attentionSplits(inputs: Inputs, { dropout }: AttentionAttrs, room: number): boolean {
  const perHead = headsMatch(inputs);
  const isSmall = (view: View | null, i: number): boolean => {
    if (view === null || view.shape.length === 1) return true;
    const [batches, heads] = view.shape;
    const blocks = perHead && i !== RANGES ? batches * heads : batches;
    return (count(view) / Math.max(1, blocks)) * bytesPerElement[view.dtype] <= room;
  };
  return dropout === 0 && inputs.every(isSmall);
}

function headsMatch([q, k]: Inputs): boolean {
  return q?.shape[1] === k?.shape[1];
}
