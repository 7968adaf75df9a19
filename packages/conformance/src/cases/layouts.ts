import type { LayoutSpec } from "./case.ts";

/** As memory usually is. */
export const rowMajor: LayoutSpec = {};

/** Memory holds the dimensions in the opposite order. */
export function transposed(rank: number): LayoutSpec {
  return { order: Array.from({ length: rank }, (_, d) => rank - 1 - d) };
}

/** Every second element along each dimension, not from the start: a slice with steps. */
export function sliced(rank: number): LayoutSpec {
  return { steps: new Array<number>(rank).fill(2), offset: 3 };
}

/** Backwards along `axes`: what `flip` makes. */
export function flipped(rank: number, axes: readonly number[]): LayoutSpec {
  return { steps: Array.from({ length: rank }, (_, d) => (axes.includes(d) ? -1 : 1)) };
}

/** Stride 0 along `axes`: what `expand` makes. */
export function broadcast(rank: number, axes: readonly number[]): LayoutSpec {
  return { steps: Array.from({ length: rank }, (_, d) => (axes.includes(d) ? 0 : 1)) };
}

/** Rows with room behind each: a column block of a wider matrix. */
export function block(rank: number, offset = 0): LayoutSpec {
  return { steps: Array.from({ length: rank }, (_, d) => (d === rank - 2 ? 2 : 1)), offset };
}

/** Every kind of layout that a tensor of this rank (at least 1) can have, by name. */
export function stridedLayouts(rank: number): readonly (readonly [name: string, layout: LayoutSpec])[] {
  const last = rank - 1;
  const all = Array.from({ length: rank }, (_, d) => d);
  const layouts: [string, LayoutSpec][] = [
    ["offset", { offset: 5 }],
    ["sliced", sliced(rank)],
    ["flipped", flipped(rank, [last])],
    ["broadcast everywhere", broadcast(rank, all)],
  ];
  if (rank > 1) {
    layouts.push(
      ["transposed", transposed(rank)],
      ["block", block(rank, 2)],
      ["flipped everywhere", flipped(rank, all)],
      ["broadcast first", broadcast(rank, [0])],
      ["broadcast last", broadcast(rank, [last])],
      [
        "transposed, steps of 3 backwards",
        { ...transposed(rank), steps: all.map((d) => (d === 0 ? 3 : -1)), offset: 1 },
      ],
    );
  }
  return layouts;
}
