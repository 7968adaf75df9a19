import { bytesPerElement, type View } from "@saccade/core/backend";
import { GpuLimitError } from "../errors.ts";
import { count } from "../wgsl/operand.ts";
import type { Axis, Call, Cuts, Views } from "./call.ts";
import type { Windows } from "./windows.ts";

/** Where to cut a call. */
export interface Cut {
  readonly axis: Axis;
  /** Of the whole call along the axis, and of a block. */
  readonly size: number;
  readonly length: number;
}

/**
 * The first view that is too large says where: along its widest dimension, so that its blocks lie together in memory.
 * Null where none is, or where one can be copied together.
 *
 * @throws GpuLimitError  what is too large has no dimension along which the kernel can be cut
 */
export function findCut<I extends Views, O extends readonly View[]>(
  call: Call<I, O>,
  cuts: Cuts,
  windows: Windows,
): Cut | null {
  const { room } = windows;
  const views = [...call.inputs, ...call.outputs];
  const dimensionOf = (axis: Axis, v: number): number =>
    v < call.inputs.length ? axis.inputs[v] : axis.outputs[v - call.inputs.length];
  const sizeAlong = (axis: Axis): number => {
    const v = views.findIndex((view, index) => view !== null && dimensionOf(axis, index) >= 0);
    return views[v]?.shape[dimensionOf(axis, v)] ?? 1;
  };
  /** Results of blocks lie beside each other before they are joined: so many do. */
  const mostBlocks = (axis: Axis): number => {
    const joined = call.outputs.filter((_, o) => axis.join && axis.outputs[o] < 0);
    return Math.floor(room / joined.reduce((sum, view) => sum + bytesOf(view), 0));
  };
  const isOpen = (axis: Axis): boolean => sizeAlong(axis) > 1 && mostBlocks(axis) > 1;
  const cutAlong = (axis: Axis, bytes: number): Cut => {
    const size = sizeAlong(axis);
    const most = Math.max(1, Math.min(size - 1, Math.floor((size * room) / bytes)));
    const blocks = Math.min(Math.ceil(size / most), mostBlocks(axis));
    return { axis, size, length: Math.ceil(size / blocks) };
  };
  const longest = (axes: readonly Axis[], bytes: number, view: View): Cut => {
    if (axes.length === 0) throw new GpuLimitError(`${call.name}: ${describe(view)}`, bytes, room);
    return cutAlong(
      axes.reduce((a, b) => (sizeAlong(b) > sizeAlong(a) ? b : a)),
      bytes,
    );
  };
  const scratch = call.scratch(call.inputs, call.outputs);
  if (scratch > room) return longest((cuts.scratchAxes ?? []).filter(isOpen), scratch, call.outputs[0]);
  const open = cuts.axes.filter(isOpen);
  const usable = cuts.inOrder ? open.slice(0, 1) : open;
  for (let v = 0; v < views.length; v++) {
    const view = views[v];
    if (view === null || windows.fits(view)) continue;
    const widest = widestDimension(view);
    const along = usable.find((axis) => dimensionOf(axis, v) === widest);
    if (along) return cutAlong(along, windows.reach(view));
    if (bytesOf(view) <= room) continue;
    return longest(
      usable.filter((axis) => dimensionOf(axis, v) >= 0),
      bytesOf(view),
      view,
    );
  }
  return null;
}

/** The dimension along which a view reaches farthest. */
function widestDimension({ shape, strides }: View): number {
  let widest = -1;
  let most = 0;
  for (let d = 0; d < shape.length; d++) {
    const reach = Math.abs(strides[d]) * (shape[d] - 1);
    if (reach > most) [widest, most] = [d, reach];
  }
  return widest;
}

/** Of its elements, copied together. */
function bytesOf(view: View): number {
  return count(view) * bytesPerElement[view.dtype];
}

function describe({ dtype, shape }: View): string {
  return `a part of shape [${shape}] of a tensor (${dtype})`;
}
