import type { Backend, FusedKernelName, KernelName, RequiredKernelName, View } from "@saccade/core/backend";

/** A kernel of any name: cases are typed against their own kernel, the runner only passes them on. */
export type LooseKernel = (
  inputs: readonly (View | null)[],
  outputs: readonly View[],
  attrs: unknown,
) => void;

type LooseSupports = (inputs: readonly (View | null)[], attrs: unknown) => boolean;

const requiredNames: { readonly [N in RequiredKernelName]: true } = {
  fill: true,
  iota: true,
  random: true,
  copy: true,
  cast: true,
  unary: true,
  binary: true,
  where: true,
  reduce: true,
  argReduce: true,
  scan: true,
  matmul: true,
  gather: true,
  scatterAdd: true,
  topK: true,
};

export function isRequired(name: KernelName): name is RequiredKernelName {
  return Object.hasOwn(requiredNames, name);
}

/** The backend's kernel; null where it has no such fused one. */
export function kernelOf(backend: Backend, name: KernelName): LooseKernel | null {
  const kernel = isRequired(name) ? backend.kernels[name] : backend.fused[name]?.run;
  return (kernel as LooseKernel | undefined) ?? null;
}

/** Whether a fused kernel declines a call. */
export function declines(
  backend: Backend,
  name: FusedKernelName,
  inputs: readonly (View | null)[],
  attrs: unknown,
): boolean {
  const supports = backend.fused[name]?.supports as LooseSupports | undefined;
  return supports !== undefined && !supports(inputs, attrs);
}
