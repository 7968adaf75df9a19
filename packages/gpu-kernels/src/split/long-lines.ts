/** What runs along whole lines, where a line is larger than a shader can be bound to: block by block of the lines. */
import { type Backend, bytesPerElement, type ScanName, type View } from "@saccade/core/backend";
import { reviewed } from "../views/nest.ts";
import { narrowed } from "./call.ts";
import type { Splitter } from "./splitter.ts";

type Kernels = Backend["kernels"];

interface ScanAttrs {
  readonly op: ScanName;
  readonly axis: number;
  readonly reverse: boolean;
}

const joins = { sum: "add", prod: "mul", max: "maximum", min: "minimum" } as const;

/** Each block takes what the blocks before it have come to; halves are carried in f32. */
export function scanInBlocks(
  splitter: Splitter,
  kernels: Kernels,
  x: View,
  out: View,
  attrs: ScanAttrs,
): boolean {
  const length = blockLength(splitter, attrs.axis, x, out);
  if (length >= x.shape[attrs.axis]) return false;
  if (out.dtype !== "f16") carryOn(splitter, kernels, { x, out, length }, attrs);
  else {
    splitter.scratch("f32", out.shape, (wide) => {
      carryOn(splitter, kernels, { x, out: wide, length: blockLength(splitter, attrs.axis, wide) }, attrs);
      kernels.cast([wide], [out], {});
    });
  }
  return true;
}

/** How many elements of a line fit a window, when they are copied together. */
function blockLength({ windows }: Splitter, axis: number, ...views: readonly View[]): number {
  if (views.every((view) => windows.fits(view))) return views[0].shape[axis];
  return Math.floor(windows.room / Math.max(...views.map(({ dtype }) => bytesPerElement[dtype])));
}

interface Carried {
  readonly x: View;
  readonly out: View;
  readonly length: number;
}

function carryOn(splitter: Splitter, kernels: Kernels, { x, out, length }: Carried, attrs: ScanAttrs): void {
  const { op, axis, reverse } = attrs;
  const size = x.shape[axis];
  for (let done = 0; done < size; done += length) {
    const here = Math.min(length, size - done);
    const from = reverse ? size - done - here : done;
    const [block, to] = [x, out].map((view) => narrowed(view, axis, from, here));
    if (done === 0) {
      kernels.scan([block], [to], attrs);
      continue;
    }
    const edge = narrowed(out, axis, reverse ? from + here : from - 1, 1);
    const carry = repeatedAlong(edge, to.shape, axis);
    splitter.scratch(out.dtype, to.shape, (own) => {
      kernels.scan([block], [own], attrs);
      kernels.binary([carry, own], [to], { op: joins[op] });
    });
  }
}

function repeatedAlong(view: View, shape: readonly number[], axis: number): View {
  const strides = view.strides.map((stride, d) => (d === axis ? 0 : stride));
  return reviewed(view, shape, strides);
}

/** The first extremum among those of the blocks. */
export function argReduceInBlocks(
  splitter: Splitter,
  kernels: Kernels,
  x: View,
  out: View,
  { op, axis }: { readonly op: "max" | "min"; readonly axis: number },
): boolean {
  const size = x.shape[axis];
  const length = blockLength(splitter, axis, x);
  if (length >= size) return false;
  const blocks = Math.ceil(size / length);
  const first = (view: View, b: number): View =>
    reviewed(view, out.shape, view.strides.slice(1), view.offset + b * view.strides[0]);
  splitter.scratch(x.dtype, [blocks, ...out.shape], (values) => {
    splitter.scratch("i32", [blocks, ...out.shape], (places) => {
      for (let b = 0; b < blocks; b++) {
        const from = b * length;
        const block = narrowed(x, axis, from, Math.min(length, size - from));
        splitter.scratch("i32", out.shape, (place) => {
          kernels.argReduce([block], [place], { op, axis });
          kernels.gather([block, place], [first(values, b)], { axis });
          kernels.unary([place], [first(places, b)], { op: "affine", a: 1, b: from });
        });
      }
      splitter.scratch("i32", [1, ...out.shape], (which) => {
        kernels.argReduce([values], [which], { op, axis: 0 });
        const strides = [0, ...out.strides];
        kernels.gather([places, which], [reviewed(out, which.shape, strides)], { axis: 0 });
      });
    });
  });
  return true;
}
