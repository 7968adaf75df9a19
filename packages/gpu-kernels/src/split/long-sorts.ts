/**
 * Sorts of lines whose pairs of key and place do not fit a window: blocks of a line are sorted by themselves; then
 * neighbours are sorted together and share what comes out, the first half and the second, over and over as in a sort by
 * exchanging neighbours (Knuth, The Art of Computer Programming 3). What is equal never changes its order.
 */
import type { Backend, View } from "@saccade/core/backend";
import { sortBytes } from "../kernels/sort-lines.ts";
import { narrowed } from "./call.ts";
import type { Splitter } from "./splitter.ts";

type Kernels = Backend["kernels"];

interface Attrs {
  readonly axis: number;
  readonly k: number;
  readonly largest: boolean;
}

/** Values and where they were, line by line. */
interface Found {
  readonly values: View;
  readonly places: View;
}

export function topKInBlocks(
  splitter: Splitter,
  kernels: Kernels,
  x: View,
  [values, indices]: readonly [View, View],
  { axis, k, largest }: Attrs,
): boolean {
  const size = x.shape[axis];
  const most = Math.floor(splitter.windows.room / sortBytes({ ...x, shape: [1] }));
  if (size <= most || k === 0 || x.shape.includes(0)) return false;
  const length = Math.max(1, Math.floor(most / 2));
  const kept = Math.min(k, length);
  const blocks = Math.ceil(size / length);
  const candidates = (blocks - 1) * kept + Math.min(kept, size - (blocks - 1) * length);
  const shape = x.shape.map((extent, d) => (d === axis ? candidates : extent));
  const sorter = new NeighbourSort(splitter, kernels, { axis, largest });
  withFound(splitter, x, shape, (all) => {
    for (let b = 0; b < blocks; b++) {
      const from = b * length;
      const block = narrowed(x, axis, from, Math.min(length, size - from));
      sorter.take(block, from, part(all, axis, b * kept, Math.min(kept, block.shape[axis])));
    }
    if (candidates > most) {
      for (let end = blocks; end > 1; end--) {
        for (let b = 0; b < end - 1; b++) {
          const from = b * kept;
          sorter.sort(part(all, axis, from, Math.min(2 * kept, candidates - from)));
        }
      }
    } else sorter.sort(all);
    const first = part(all, axis, 0, k);
    kernels.copy([first.values], [values], {});
    kernels.copy([first.places], [indices], {});
  });
  return true;
}

function part({ values, places }: Found, axis: number, from: number, size: number): Found {
  return { values: narrowed(values, axis, from, size), places: narrowed(places, axis, from, size) };
}

function withFound(
  splitter: Splitter,
  { dtype }: View,
  shape: readonly number[],
  use: (found: Found) => void,
): void {
  splitter.scratch(dtype, shape, (values) =>
    splitter.scratch("i32", shape, (places) => use({ values, places })),
  );
}

class NeighbourSort {
  readonly #splitter: Splitter;
  readonly #kernels: Kernels;
  readonly #attrs: Omit<Attrs, "k">;

  constructor(splitter: Splitter, kernels: Kernels, attrs: Omit<Attrs, "k">) {
    this.#splitter = splitter;
    this.#kernels = kernels;
    this.#attrs = attrs;
  }

  /** The first of a block, as many as `to` has; the block begins at place `from`. */
  take(block: View, from: number, to: Found): void {
    this.#first(block, to, (place, found) => {
      this.#kernels.unary([place], [found], { op: "affine", a: 1, b: from });
    });
  }

  /** In place. */
  sort(of: Found): void {
    this.#first(of.values, of, (place, found) => {
      this.#kernels.gather([of.places, place], [found], { axis: this.#attrs.axis });
    });
  }

  /** `placed` writes what the places in the line stand for. */
  #first(line: View, to: Found, placed: (place: View, found: View) => void): void {
    const { shape } = to.values;
    const k = shape[this.#attrs.axis];
    withFound(this.#splitter, line, shape, (own) => {
      this.#kernels.topK([line], [own.values, own.places], { ...this.#attrs, k });
      this.#splitter.scratch("i32", shape, (found) => {
        placed(own.places, found);
        this.#kernels.copy([found], [to.places], {});
      });
      this.#kernels.copy([own.values], [to.values], {});
    });
  }
}
