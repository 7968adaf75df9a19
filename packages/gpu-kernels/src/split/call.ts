import type { ReduceName, View } from "@saccade/core/backend";
import { reviewed } from "../views/nest.ts";

export type Views = readonly (View | null)[];

/** A direction in which a call falls into calls on blocks. */
export interface Axis {
  /** The dimension of each input that runs along it; -1 where none does, and every block gets all of the input. */
  readonly inputs: readonly number[];
  /** The same of each output; where none does, the blocks' results are joined. */
  readonly outputs: readonly number[];
  readonly join?: ReduceName;
}

/** How a kernel's calls may be cut. */
export interface Cuts {
  readonly axes: readonly Axis[];
  /** Blocks follow each other in the outputs: cut the outermost dimension only. */
  readonly inOrder?: boolean;
  /** Outputs are read, too. */
  readonly inPlace?: boolean;
  /** Outputs may have any strides. */
  readonly strided?: boolean;
  /** Where to cut for the sake of memory that the kernel takes for itself. */
  readonly scratchAxes?: readonly Axis[];
}

/** One call of a kernel. */
export interface Call<I extends Views, O extends readonly View[]> {
  readonly name: string;
  readonly inputs: I;
  readonly outputs: O;
  readonly cuts: (inputs: I, outputs: O) => Cuts;
  /** Bytes that the kernel takes for itself. */
  readonly scratch: (inputs: I, outputs: O) => number;
  /** @param first  of the first output's elements, the flat index at which this block begins (with `inOrder`) */
  readonly run: (inputs: I, outputs: O, first: number) => void;
}

/** Views, one by one; absent ones stay absent. */
export function mapViews<T extends Views>(views: T, change: (view: View, index: number) => View): T {
  const changed: Views = views.map((view, index) => (view === null ? null : change(view, index)));
  return changed as T; // as many, in the same places
}

/** The view of `size` places from `from` on along a dimension; all of it where there is none. */
export function narrowed(view: View, dimension: number, from: number, size: number): View {
  if (dimension < 0) return view;
  const shape = view.shape.map((extent, d) => (d === dimension ? size : extent));
  return reviewed(view, shape, view.strides, view.offset + from * view.strides[dimension]);
}
