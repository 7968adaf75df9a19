/**
 * Look-ups in tables, and sums into them, where the table is too large along the very dimension that the index picks
 * from: block by block, with an index that counts from the block's start.
 */
import { type Backend, bytesPerElement, type View } from "@saccade/core/backend";
import { reviewed } from "../views/nest.ts";
import { narrowed } from "./call.ts";
import type { Splitter } from "./splitter.ts";

/** Takes what `use` needs of a block of the table: from where on, and how long. */
type UseBlock = (from: number, length: number) => void;

/** The blocks, or false where the table does not have to be cut along `axis`. */
function eachTableBlock(splitter: Splitter, table: View, axis: number, use: UseBlock): boolean {
  const { windows } = splitter;
  const size = table.shape[axis];
  if (windows.fits(table) || size < 2) return false;
  const reaches = table.shape.map((extent, d) => Math.abs(table.strides[d]) * (extent - 1));
  const lineBytes = (reaches[axis] + 1) * bytesPerElement[table.dtype];
  const isWidest = reaches.every((reach) => reach <= reaches[axis]);
  if (!isWidest && lineBytes <= windows.room) return false;
  const bytes = isWidest ? windows.reach(table) : lineBytes;
  const length = Math.max(1, Math.floor((size * windows.room) / bytes));
  for (let from = 0; from < size; from += length) use(from, Math.min(length, size - from));
  return true;
}

/** Every block is asked for every index; what it does not have keeps what an earlier block gave. */
export function gatherFromBlocks(
  splitter: Splitter,
  kernels: Backend["kernels"],
  [x, index]: readonly [View, View],
  out: View,
  axis: number,
): boolean {
  return eachTableBlock(splitter, x, axis, (from, length) => {
    const block = narrowed(x, axis, from, length);
    if (from === 0) {
      kernels.gather([block, index], [out], { axis });
      return;
    }
    indexFrom(splitter, kernels, index, from, (moved) => {
      splitter.scratch(out.dtype, out.shape, (found) => {
        kernels.gather([block, moved], [found], { axis });
        notNegative(splitter, kernels, moved, (own) => {
          kernels.where([own, found, out], [out], {});
        });
      });
    });
  });
}

/** What lies outside a block is dropped there. */
export function scatterIntoBlocks(
  splitter: Splitter,
  kernels: Backend["kernels"],
  [index, src]: readonly [View, View],
  out: View,
  axis: number,
): boolean {
  return eachTableBlock(splitter, out, axis, (from, length) => {
    const block = narrowed(out, axis, from, length);
    indexFrom(splitter, kernels, index, from, (moved) => kernels.scatterAdd([moved, src], [block], { axis }));
  });
}

/** Sums of several blocks are kept in f32. */
export function scatterHalves(
  splitter: Splitter,
  kernels: Backend["kernels"],
  inputs: readonly [View, View],
  out: View,
  axis: number,
): void {
  splitter.scratch("f32", out.shape, (wide) => {
    kernels.cast([out], [wide], {});
    kernels.scatterAdd(inputs, [wide], { axis });
    kernels.cast([wide], [out], {});
  });
}

/** `index - from`, with the same dimensions repeated. */
function indexFrom(
  splitter: Splitter,
  kernels: Backend["kernels"],
  index: View,
  from: number,
  use: (moved: View) => void,
): void {
  const shape = index.shape.map((size, d) => (index.strides[d] === 0 ? 1 : size));
  splitter.scratch("i32", shape, (own) => {
    kernels.unary([reviewed(index, shape, index.strides)], [own], { op: "affine", a: 1, b: -from });
    use(repeated(own, index));
  });
}

function notNegative(
  splitter: Splitter,
  kernels: Backend["kernels"],
  index: View,
  use: (mask: View) => void,
): void {
  const shape = index.shape.map((size, d) => (index.strides[d] === 0 ? 1 : size));
  splitter.scratch("i32", [1], (zero) => {
    kernels.fill([], [zero], { value: 0 });
    splitter.scratch("u8", shape, (mask) => {
      const nothing = shape.map(() => 0);
      const inputs = [reviewed(index, shape, index.strides), reviewed(zero, shape, nothing)] as const;
      kernels.binary(inputs, [mask], { op: "ge" });
      use(repeated(mask, index));
    });
  });
}

/** One place wide where `like` repeats, seen as often as there. */
function repeated(view: View, like: View): View {
  const strides = view.strides.map((stride, d) => (like.strides[d] === 0 ? 0 : stride));
  return reviewed(view, like.shape, strides);
}
