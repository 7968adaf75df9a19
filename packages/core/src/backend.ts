/**
 * The Backend interface: the one contract between the core (shapes, gradients, memory) and whoever computes.
 *
 * This file and those that it includes hold types only. Core infers shapes, checks arguments, allocates and counts; a
 * backend stores bytes and runs kernels on strided views. A kernel neither allocates nor validates: its inputs fit its
 * contract, and its outputs exist. See `docs/architecture.md`.
 *
 * Rules that every backend keeps:
 * - sums accumulate in f32 or wider, in a fixed order: same inputs, same backend, same bits, however many threads;
 * - of f16 only data are f16: what is kept for a backward pass (mean, 1/std, log-sum-exp, delta) and the loss of a row
 *   are f32 there;
 * - a fully masked softmax row is zeros, never NaN; other NaN and infinities propagate as IEEE 754 and PyTorch have it;
 * - `random` and `dropout` are Threefry-2x32, counter-based: bits, uniforms and masks are identical on every backend;
 * - an index outside its dimension reads NaN (0 for integers) in `gather` and is dropped by `scatterAdd`: memory
 *   outside the operand is never touched;
 * - outputs are contiguous, but for `copy`; they never alias inputs, except where a kernel's comment says "in place";
 * - a dimension of size 0 is legal everywhere: such a kernel writes nothing, or the identity of its reduction.
 */

import type { AttentionKernels } from "./attention-kernels.ts";
import type { RowSlice } from "./random/keep-rule.ts";
import type { RecurrentKernels } from "./recurrent-kernels.ts";

export type {
  AttentionAttrs,
  AttentionBackwardAttrs,
  AttentionKernels,
  ScoreMods,
} from "./attention-kernels.ts";
export { keepRule, type RowSlice } from "./random/keep-rule.ts";
export type { RecurrentKernels, RnnNonlinearity, SequenceAttrs } from "./recurrent-kernels.ts";
export type { ScoreBinary, ScoreProgram, ScoreSource, ScoreStep, ScoreUnary } from "./score-program.ts";

/**
 * Element types that tensors compute in. `u8` doubles as boolean (0 or 1) and as mask (1 = may attend). `f16` is how
 * numbers are stored: kernels compute with them in f32 or wider, and round results to nearest, ties to even.
 */
export type DType = "f16" | "f32" | "f64" | "i32" | "u8";

/** A handle of the backend's own: a pointer, or an index into a table. */
export type BufferHandle = number;

/** A strided window on a buffer. `strides` and `offset` count elements, not bytes; a stride of 0 broadcasts, a negative one (of an input) reverses. */
export interface View {
  readonly buffer: BufferHandle;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Elementwise functions of one tensor and up to two numbers `a`, `b`; the table `scalar/unary.ts` defines each. */
export type UnaryName =
  | "abs" | "acos" | "affine" | "asin" | "atan" | "bitNot" | "ceil" | "clamp" | "cos" | "elu" | "erf" | "exp"
  | "expm1" | "floor" | "gelu" | "geluTanh" | "hardsigmoid" | "hardswish" | "isFinite" | "isInf" | "isNan"
  | "leakyRelu" | "log" | "log1p" | "log2" | "logSigmoid" | "logicalNot" | "mish" | "neg" | "powScalar"
  | "quickGelu" | "reciprocal" | "relu" | "round" | "rsqrt" | "selu" | "sigmoid" | "sign" | "silu" | "sin"
  | "softplus" | "softsign" | "sqrt" | "square" | "tan" | "tanh" | "trunc"; // biome-ignore format: a table reads better

/** Elementwise functions of two tensors; the table `scalar/binary.ts` defines each. Comparisons give `u8`. */
export type BinaryName =
  | "add" | "sub" | "mul" | "div" | "floorDiv" | "truncDiv" | "remainder" | "fmod" | "pow" | "maximum" | "minimum"
  | "fmax" | "fmin" | "atan2" | "hypot"
  | "eq" | "ne" | "lt" | "le" | "gt" | "ge"
  | "logicalAnd" | "logicalOr" | "logicalXor" | "bitAnd" | "bitOr" | "bitXor" | "shiftLeft" | "shiftRight"; // biome-ignore format: a table reads better

export type ReduceName = "sum" | "prod" | "max" | "min" | "any" | "all";
export type ScanName = "sum" | "prod" | "max" | "min";
/** The activations that fused epilogues and `unaryBackward` know. */
export type ActivationName = "gelu" | "geluTanh" | "relu" | "silu" | "sigmoid" | "tanh" | "quickGelu";

/** Two 32-bit words: a Threefry key. */
export type KeyWords = readonly [number, number];

/** What a kernel is called with: inputs (`null` where an optional one is absent), outputs, attributes. */
export interface Signature<I extends readonly (View | null)[], O extends readonly View[], A> {
  readonly inputs: I;
  readonly outputs: O;
  readonly attrs: A;
}

/** The kernels that every backend has. Shapes in comments; views may have any strides unless a comment says so. */
export interface RequiredKernels {
  /** Every element becomes `value`. */
  fill: Signature<[], [out: View], { readonly value: number }>;
  /** `out[i] = start + i * step`, 1-D. */
  iota: Signature<[], [out: View], { readonly start: number; readonly step: number }>;
  /**
   * Element `i` (its flat index in row-major order, as a 64-bit counter) takes word `i & 1` of
   * `threefry2x32(key, [lo(i >> 1), hi(i >> 1)])`. `bits`: that word (out is i32). `uniform`: `(word >>> 8) * 2^-24`.
   * `normal`: Box-Muller on the pair of uniforms (u0, u1) of words 0 and 1 of block `i >> 1`:
   * `sqrt(-2 ln(1 - u0)) * (i & 1 ? sin : cos)(2 pi u1)`.
   */
  random: Signature<
    [],
    [out: View],
    { readonly key: KeyWords; readonly kind: "bits" | "uniform" | "normal" }
  >;
  /** `out = x`, equal shapes and dtypes, any strides on both sides: also how slices are written and caches appended. */
  copy: Signature<[x: View], [out: View], Record<never, never>>;
  /** `out = x` in another dtype: float to integer truncates towards 0 (NaN gives 0, out of range saturates); to `u8` as a mask: non-zero gives 1. */
  cast: Signature<[x: View], [out: View], Record<never, never>>;
  /** `out = op(x; a, b)`, out contiguous. `isNan`, `isInf`, `isFinite`, `logicalNot` give u8. */
  unary: Signature<
    [x: View],
    [out: View],
    { readonly op: UnaryName; readonly a: number; readonly b: number }
  >;
  /** `out = op(a, b)`: a and b already broadcast (stride 0) to the shape of out, which is contiguous. */
  binary: Signature<[a: View, b: View], [out: View], { readonly op: BinaryName }>;
  /** `out = cond ? a : b`: cond is u8; all broadcast to out's shape; out contiguous. */
  where: Signature<[cond: View, a: View, b: View], [out: View], Record<never, never>>;
  /**
   * Reduces `axes` (ascending, maybe empty); out is contiguous and has size 1 there. NaN wins `max` and `min`.
   * `any`, `all`: u8 out, input any dtype; a sum of f16 may be asked for in f32. Identities of empty reductions: 0, 1, -inf, +inf, 0, 1.
   */
  reduce: Signature<[x: View], [out: View], { readonly op: ReduceName; readonly axes: readonly number[] }>;
  /** i32 index of the extremum along `axis` (size 1 in out); first of equals; a NaN counts as the extremum. */
  argReduce: Signature<[x: View], [out: View], { readonly op: "max" | "min"; readonly axis: number }>;
  /** Inclusive running reduction along `axis`, from the end if `reverse`; out contiguous. NaN sticks in max and min. */
  scan: Signature<
    [x: View],
    [out: View],
    { readonly op: ScanName; readonly axis: number; readonly reverse: boolean }
  >;
  /** `[..., M, K] x [..., K, N] -> [..., M, N]`; batch dimensions are equal (maybe stride 0). Transposes come as strides. */
  matmul: Signature<[a: View, b: View], [out: View], Record<never, never>>;
  /** `out[.., i, ..] = x[.., index[.., i, ..], ..]` along `axis`; index is i32, has out's shape and is often stride 0 (rows of an embedding). */
  gather: Signature<[x: View, index: View], [out: View], { readonly axis: number }>;
  /** In place on out: `out[.., index[.., i, ..], ..] += src[.., i, ..]` along `axis`, in ascending order of i; index has src's shape. */
  scatterAdd: Signature<[index: View, src: View], [out: View], { readonly axis: number }>;
  /** The `k` largest (or smallest) along `axis`, sorted, stable; NaN counts as largest. `k` = size is a stable sort. indices i32. */
  topK: Signature<
    [x: View],
    [values: View, indices: View],
    { readonly axis: number; readonly k: number; readonly largest: boolean }
  >;
}

/**
 * Kernels that a backend may have. Where one is missing, or its `supports` declines, core composes the op from the
 * required ones; the composed form is the specification. Outputs are contiguous.
 */
export interface FusedKernels extends AttentionKernels, RecurrentKernels {
  /** `y = act(x w^T + b)`: x [M, K] , w [N, K], b [N] or null. With an activation, `pre` (the value before it) is written if it is not null. */
  linear: Signature<
    [x: View, w: View, b: View | null],
    [y: View] | [y: View, pre: View],
    { readonly activation: ActivationName | null }
  >;
  /**
   * `y = act(x w^T + b)`: x [M, K], b [N] or null. `w[n, k] = (code - 2^(bits - 1)) scales[n, k / (K / blocks)]`; codes i32
   * [N, K bits / 32], in a word the first in the lowest bits; scales [N, blocks].
   */
  quantizedLinear: Signature<
    [x: View, codes: View, scales: View, b: View | null],
    [y: View],
    { readonly bits: 4 | 8; readonly activation: ActivationName | null }
  >;
  /** Along the last axis; x any strides. Rows of all -inf give zeros. */
  softmax: Signature<[x: View], [y: View], { readonly log: boolean }>;
  /** `dx` from y and dy. softmax: `y (dy - sum(dy y))`; log: `dy - exp(y) sum(dy)`. */
  softmaxBackward: Signature<[y: View, dy: View], [dx: View], { readonly log: boolean }>;
  /** Over the last axis of x [R, D]; weight, bias [D] or null; mean and rstd [R] are for backward. */
  layerNorm: Signature<
    [x: View, weight: View | null, bias: View | null],
    [y: View, mean: View, rstd: View],
    { readonly eps: number }
  >;
  layerNormBackward: Signature<
    [x: View, weight: View | null, mean: View, rstd: View, dy: View],
    [dx: View, dWeight: View, dBias: View],
    Record<never, never>
  >;
  rmsNorm: Signature<[x: View, weight: View | null], [y: View, rstd: View], { readonly eps: number }>;
  rmsNormBackward: Signature<
    [x: View, weight: View | null, rstd: View, dy: View],
    [dx: View, dWeight: View],
    Record<never, never>
  >;
  /**
   * logits [N, V], target i32 [N], class weight [V] or null. Per row: loss `[N]` and log-sum-exp `[N]`; rows with
   * `target == ignoreIndex` give 0. `loss = (1-s) w[t] (lse - x[t]) + s/V sum_c w[c] (lse - x[c])`, s = labelSmoothing.
   */
  crossEntropy: Signature<
    [logits: View, target: View, weight: View | null],
    [loss: View, lse: View],
    { readonly ignoreIndex: number; readonly labelSmoothing: number }
  >;
  /** dLoss [N] (maybe stride 0) -> dLogits [N, V]. */
  crossEntropyBackward: Signature<
    [logits: View, target: View, weight: View | null, lse: View, dLoss: View],
    [dLogits: View],
    { readonly ignoreIndex: number; readonly labelSmoothing: number }
  >;
  /** `dx = dy * f'(x)` for an activation; x is the activation's input. */
  unaryBackward: Signature<[x: View, dy: View], [dx: View], { readonly op: ActivationName }>;
  /** `y = act(gate) * up`, equal shapes, any strides (the halves of one projection). */
  glu: Signature<[gate: View, up: View], [y: View], { readonly activation: ActivationName }>;
  gluBackward: Signature<
    [gate: View, up: View, dy: View],
    [dGate: View, dUp: View],
    { readonly activation: ActivationName }
  >;
  /**
   * `y = half >= least ? x * factor : 0`, least and factor as `keepRule(p)` has them (least is not 0). Its own backward.
   * `half` is of column j of row r, counted along all axes but the last: half `j & 3` (low and high of word 0, low and
   * high of word 1) of `threefry2x32(key, [j >> 2, r])` with 13 rounds. With `rows`, x is a part of a larger tensor along
   * the axis before the last, and r is counted there.
   */
  dropout: Signature<
    [x: View],
    [y: View],
    { readonly p: number; readonly key: KeyWords; readonly rows?: RowSlice }
  >;
  /** `sum(x^2)` over all inputs, of any shapes: a scalar. */
  sumSquares: Signature<[x: View, ...more: View[]], [out: View], Record<never, never>>;
  /**
   * Any number of parameters. Outputs are param, m and v of the first gradient, of the second ...: in place on all of
   * them (contiguous, equal shapes), Loshchilov & Hutter 2019, algorithm 2 (decoupled = true) or Kingma & Ba 2015 with L2
   * (false). `step` counts from 1. gradScale: scalar tensor that multiplies every gradient, or null.
   */
  adamwStep: Signature<
    [gradScale: View | null, ...grads: View[]],
    View[],
    {
      readonly lr: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly eps: number;
      readonly weightDecay: number;
      readonly step: number;
      readonly decoupled: boolean;
    }
  >;
}

export type RequiredKernelName = keyof RequiredKernels;
export type FusedKernelName = keyof FusedKernels;
export type KernelSignatures = RequiredKernels & FusedKernels;
export type KernelName = keyof KernelSignatures;

/** Runs one kernel: reads `inputs`, writes `outputs`. */
export type KernelFunction<S extends Signature<readonly (View | null)[], readonly View[], unknown>> = (
  inputs: Readonly<S["inputs"]>,
  outputs: Readonly<S["outputs"]>,
  attrs: S["attrs"],
) => void;

/** A fused kernel and what it can serve: `supports` sees the inputs and attributes before outputs exist. */
export interface FusedKernel<N extends FusedKernelName> {
  readonly run: KernelFunction<FusedKernels[N]>;
  /** Absent: every legal call. */
  readonly supports?: (
    inputs: Readonly<FusedKernels[N]["inputs"]>,
    attrs: FusedKernels[N]["attrs"],
  ) => boolean;
}

/** What a backend tells about itself, for `saccade info` and reports. */
export interface BackendInfo {
  /** One line each: SIMD level, threads, BLAS, adapter ..., and why not something better. */
  readonly [fact: string]: string | number | boolean;
}

/** A tensor whose memory is asked for, and the op that gives it. */
export interface TensorPurpose {
  readonly op: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface Backend {
  readonly name: string;
  /** The dtypes that its kernels take. */
  readonly dtypes: ReadonlySet<DType>;
  readonly kernels: { readonly [N in RequiredKernelName]: KernelFunction<RequiredKernels[N]> };
  readonly fused: { readonly [N in FusedKernelName]?: FusedKernel<N> };
  /**
   * Uninitialised bytes, aligned to 64. Throws an error with sizes when out of memory, which names the tensor that they
   * are for. `bytes` may be 0.
   */
  alloc(bytes: number, tensor?: TensorPurpose): BufferHandle;
  free(buffer: BufferHandle): void;
  /** Ordered before all later kernels. */
  write(buffer: BufferHandle, data: ArrayBufferView, byteOffset?: number): void;
  /** Flushes, waits, and copies out. */
  read(buffer: BufferHandle, byteOffset: number, bytes: number): Promise<ArrayBuffer>;
  /** Starts everything queued so far. */
  flush(): void;
  /** Waits until not too much of what is queued is unfinished. Absent where calls are finished when they return. */
  settle?(): Promise<void>;
  info(): BackendInfo;
  /** Stops workers and returns memory; using the backend afterwards throws. */
  dispose(): void | Promise<void>;
}

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = { f16: 2, f32: 4, f64: 8, i32: 4, u8: 1 };
