/** Along which dimensions the calls of each kernel can be cut. */
import {
  bytesPerElement,
  type FusedKernelName,
  type FusedKernels,
  type KernelSignatures,
  type RequiredKernelName,
  type RequiredKernels,
  type View,
} from "@saccade/core/backend";
import { MODS_BEGIN } from "../kernels/attention/mods.ts";
import type { Corner } from "../kernels/random-source.ts";
import { scatterSortedBytes } from "../kernels/scatter-sorted.ts";
import { sortBytes } from "../kernels/sort-lines.ts";
import { count } from "../wgsl/operand.ts";
import { attentionRules, placedHeads } from "./attention.ts";
import type { Axis, Cuts } from "./call.ts";

export type Rule<N extends keyof KernelSignatures> = (
  inputs: Readonly<KernelSignatures[N]["inputs"]>,
  outputs: Readonly<KernelSignatures[N]["outputs"]>,
  attrs: KernelSignatures[N]["attrs"],
) => Cuts;

/** Every dimension of an output, which all views of the call share. */
function shared(inputs: number, outputs: number, like: View): Axis[] {
  return like.shape.map((_, d) => ({
    inputs: new Array(inputs).fill(d),
    outputs: new Array(outputs).fill(d),
  }));
}

/** Element by element. */
const elementwise =
  (inputs: number, outputs = 1) =>
  (_: readonly (View | null)[], [out]: readonly [View, ...View[]]): Cuts => ({
    axes: shared(inputs, outputs, out),
    inOrder: true,
  });

/** Along every dimension but one. */
function lines(inputs: number, outputs: number, like: View, axis: number): Axis[] {
  return shared(inputs, outputs, like).filter((_, d) => d !== axis);
}

/** Matrices and vectors whose first dimension counts rows (`true`), and those that every row uses. */
function rows(inputs: readonly boolean[], outputs: readonly boolean[]): Axis[] {
  const along = (isRows: boolean): number => (isRows ? 0 : -1);
  const axis = { inputs: inputs.map(along), outputs: outputs.map(along) };
  return [outputs.includes(false) ? { ...axis, join: "sum" } : axis];
}

export const requiredRules: { readonly [N in RequiredKernelName]: Rule<N> } = {
  fill: elementwise(0),
  iota: elementwise(0),
  random: elementwise(0),
  copy: (_, [out]) => ({ axes: shared(1, 1, out), strided: true }),
  cast: elementwise(1),
  unary: elementwise(1),
  binary: elementwise(2),
  where: elementwise(3),
  reduce: ([x], _, { op, axes }) => {
    const kept = shared(1, 1, x).filter((_, d) => !axes.includes(d));
    const taken = axes.map((d): Axis => ({ inputs: [d], outputs: [-1], join: op }));
    return { axes: [...kept, ...taken], scratchAxes: kept };
  },
  argReduce: ([x], _, { axis }) => ({ axes: lines(1, 1, x, axis) }),
  scan: ([x], _, { axis }) => ({ axes: lines(1, 1, x, axis) }),
  topK: ([x], _, { axis }) => {
    const axes = lines(1, 2, x, axis);
    return { axes, scratchAxes: axes };
  },
  scatterAdd: ([index], [out], { axis }) => {
    const along: Axis = { inputs: [axis, axis], outputs: [-1] };
    const across = lines(2, 1, out, axis);
    const own = across.filter(({ inputs }) => index.strides[inputs[0]] !== 0);
    return { axes: [...across, along], inPlace: true, scratchAxes: [...own, along] };
  },
  gather: ([x], _, { axis }) => ({
    axes: [...lines(2, 1, x, axis), { inputs: [-1, axis], outputs: [axis] }],
  }),
  matmul: (_, [out]) => {
    const rank = out.shape.length;
    const batches = shared(2, 1, out).slice(0, rank - 2);
    return {
      axes: [
        ...batches,
        { inputs: [rank - 2, -1], outputs: [rank - 2] },
        { inputs: [-1, rank - 1], outputs: [rank - 1] },
        { inputs: [rank - 1, rank - 2], outputs: [-1], join: "sum" },
      ],
    };
  },
};

type Bytes<N extends RequiredKernelName> = (
  inputs: Readonly<RequiredKernels[N]["inputs"]>,
  outputs: Readonly<RequiredKernels[N]["outputs"]>,
  attrs: RequiredKernels[N]["attrs"],
) => number;

/** The memory that kernels take for themselves where it may be more than that of their views. */
export const scratchBytes: { readonly [N in RequiredKernelName]?: Bytes<N> } = {
  reduce: (_, [out]) => (out.dtype === "u8" ? 4 * count(out) : 0),
  scatterAdd: ([index], _, { axis }) => scatterSortedBytes(index, axis),
  topK: ([x]) => sortBytes(x),
};

/** By where the inputs of `attrs.mods` begin. */
const ofAttention = {
  forward: attentionRules(MODS_BEGIN.forward),
  backward: attentionRules(MODS_BEGIN.backward),
};

export const fusedRules: { readonly [N in keyof FusedKernels]?: Rule<N> } = {
  linear: (_, outputs) => ({
    axes: [
      { inputs: [0, -1, -1], outputs: outputs.map(() => 0) },
      { inputs: [-1, 0, 0], outputs: outputs.map(() => 1) },
    ],
  }),
  quantizedLinear: () => ({
    axes: [
      { inputs: [0, -1, -1, -1], outputs: [0] },
      { inputs: [-1, 0, 0, 0], outputs: [1] },
    ],
  }),
  softmax: ([x]) => ({ axes: lines(1, 1, x, x.shape.length - 1) }),
  softmaxBackward: ([y]) => ({ axes: lines(2, 1, y, y.shape.length - 1) }),
  layerNorm: () => ({ axes: rows([true, false, false], [true, true, true]) }),
  layerNormBackward: () => ({ axes: rows([true, false, true, true, true], [true, false, false]) }),
  rmsNorm: () => ({ axes: rows([true, false], [true, true]) }),
  rmsNormBackward: () => ({ axes: rows([true, false, true, true], [true, false]) }),
  crossEntropy: () => ({ axes: rows([true, true, false], [true, true]) }),
  crossEntropyBackward: () => ({ axes: rows([true, true, false, true, true], [true]) }),
  attention: ofAttention.forward.cuts,
  attentionBackward: ofAttention.backward.cuts,
  unaryBackward: elementwise(2),
  glu: elementwise(2),
  gluBackward: elementwise(3, 2),
  dropout: elementwise(1),
};

/** So many lines have to fit at once: two results of backward, of two blocks. */
const LINES = 4;

/** Kernels that need a whole line, along the last dimension of any input, at once. */
function shortLines(inputs: readonly (View | null)[], _: unknown, room: number): boolean {
  return inputs.every((view) => {
    const length = view?.shape.at(-1) ?? 0;
    return view === null || LINES * length * bytesPerElement[view.dtype] <= room;
  });
}

type Feasible<N extends FusedKernelName> = (
  inputs: Readonly<FusedKernels[N]["inputs"]>,
  attrs: FusedKernels[N]["attrs"],
  room: number,
) => boolean;

/** Whether calls on large inputs can be cut at all; where not, core composes. Absent: all can. */
export const feasible: { readonly [N in FusedKernelName]?: Feasible<N> } = {
  attention: ofAttention.forward.feasible,
  attentionBackward: ofAttention.backward.feasible,
  linear: shortLines,
  quantizedLinear: shortLines,
  softmax: shortLines,
  softmaxBackward: shortLines,
  layerNorm: shortLines,
  layerNormBackward: shortLines,
  rmsNorm: shortLines,
  rmsNormBackward: shortLines,
  crossEntropy: shortLines,
  crossEntropyBackward: shortLines,
};

/** The attributes of a block that begins at element `first` of the first output; `shape` is that of all of it. */
export type Placing<A> = (attrs: A, first: number, shape: readonly number[]) => A;

export const placings: { readonly [N in keyof KernelSignatures]?: Placing<KernelSignatures[N]["attrs"]> } = {
  iota: ({ start, step }, first) => ({ start: start + first * step, step }),
  random: (attrs, first) => placed(attrs, first),
  dropout: (attrs, first, shape): FusedKernels["dropout"]["attrs"] & Cornered => {
    const columns = Math.max(1, shape.at(-1) ?? 1);
    const corner = { row: Math.floor(first / columns), column: first % columns, rows: shape.at(-2) ?? 1 };
    return { ...attrs, corner };
  },
  attention: placedHeads,
  attentionBackward: placedHeads,
};

/** What `random` understands beside its attributes: the counter of its first element. */
export interface Placed {
  readonly first?: number;
}

/** What `dropout` understands: where its first element is. */
export interface Cornered {
  readonly corner?: Corner;
}

function placed<A extends object>(attrs: A, first: number): A & Placed {
  return { ...attrs, first };
}
