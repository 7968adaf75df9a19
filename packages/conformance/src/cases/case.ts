import type { Tensor } from "@saccade/core";
import type { DType, KernelName, KernelSignatures } from "@saccade/core/backend";

/** Where the numbers of a tensor come from; every draw is a function of the case's name. */
export type Values =
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  /** Whole numbers in `[low, high)`. */
  | { readonly kind: "integers"; readonly low: number; readonly high: number }
  /** These, over and over. */
  | { readonly kind: "list"; readonly numbers: readonly number[] }
  /** Computed from the inputs (null: those that are computed later), in f64 on the reference backend: what a forward pass left behind. */
  | { readonly kind: "computed"; readonly by: (inputs: readonly (Tensor | null)[]) => Tensor };

/** How the elements of a tensor lie in memory. Absent fields: row-major, without gaps, from the start. */
export interface LayoutSpec {
  /** Dimensions as memory holds them, the slowest first. */
  readonly order?: readonly number[];
  /** Per dimension: 2 leaves gaps, -1 runs backwards, 0 broadcasts. */
  readonly steps?: readonly number[];
  /** Elements before the first. */
  readonly offset?: number;
}

/** An input of a kernel, or of an op. */
export interface InputSpec {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: Values;
  readonly layout?: LayoutSpec;
}

/** An output of a kernel. */
export interface OutputSpec {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** What is there before, for kernels that work in place; otherwise garbage. */
  readonly values?: Values;
  readonly layout?: LayoutSpec;
}

type SpecsOf<Views extends readonly unknown[], Spec> = {
  readonly [I in keyof Views]: null extends Views[I] ? Spec | null : Spec;
};

/** One call of one kernel: what `backend.ts` says about it must hold. */
export interface KernelCase<N extends KernelName> {
  readonly kernel: N;
  /** Unique among the kernel's cases. */
  readonly name: string;
  readonly inputs: SpecsOf<KernelSignatures[N]["inputs"], InputSpec>;
  readonly outputs: SpecsOf<KernelSignatures[N]["outputs"], OutputSpec>;
  readonly attrs: KernelSignatures[N]["attrs"];
}

/** A case of any kernel: what the runner sees. */
export interface AnyCase {
  readonly kernel: KernelName;
  readonly name: string;
  readonly inputs: readonly (InputSpec | null)[];
  readonly outputs: readonly OutputSpec[];
  readonly attrs: unknown;
}

/** Ties a case to its kernel's signature. */
export function kernelCase<N extends KernelName>(
  kernel: N,
  name: string,
  inputs: KernelCase<N>["inputs"],
  outputs: KernelCase<N>["outputs"],
  attrs: KernelCase<N>["attrs"],
): KernelCase<N> {
  return { kernel, name, inputs, outputs, attrs };
}
