import {
  type Backend,
  bytesPerElement,
  type FusedKernel,
  type FusedKernelName,
  type FusedKernels,
  type KernelFunction,
  type RequiredKernelName,
  type RequiredKernels,
  type Signature,
  type View,
} from "@saccade/core/backend";
import type { BufferTable } from "../device/buffers.ts";
import type { Cuts } from "./call.ts";
import { gatherFromBlocks, scatterHalves, scatterIntoBlocks } from "./indexed.ts";
import { fusedRules, type Placing, placings, requiredRules, scratchBytes, wholeLines } from "./rules.ts";
import { Splitter } from "./splitter.ts";
import { Windows } from "./windows.ts";

type AnySignature = Signature<readonly (View | null)[], readonly View[], unknown>;
type Required = { -readonly [N in RequiredKernelName]: KernelFunction<RequiredKernels[N]> };
type Of<S extends AnySignature, R> = (
  inputs: Readonly<S["inputs"]>,
  outputs: Readonly<S["outputs"]>,
  attrs: S["attrs"],
) => R;

/** So many have to fit at once: two results of backward, of two blocks. */
const LINES = 4;

/** A kernel, and what is known about cutting its calls. */
interface Known<S extends AnySignature> {
  readonly kernel: KernelFunction<S>;
  readonly rule: Of<S, Cuts>;
  readonly scratch?: Of<S, number> | undefined;
  readonly placing?: Placing<S["attrs"]> | undefined;
}

/** The same kernels, for tensors that are larger than what a shader can be bound to: see `Splitter`. */
export function splitKernels(
  buffers: BufferTable,
  { kernels, fused }: Pick<Backend, "kernels" | "fused">,
): Pick<Backend, "kernels" | "fused"> {
  const windows = new Windows(buffers);
  const required: Required = { ...kernels };
  const splitter = new Splitter(windows, buffers, required);
  const cutRequired = <N extends RequiredKernelName>(name: N): KernelFunction<RequiredKernels[N]> => {
    const known: Known<RequiredKernels[N]> = {
      kernel: kernels[name],
      rule: requiredRules[name],
      scratch: scratchBytes[name],
      placing: placings[name],
    };
    return cutting(splitter, name, known);
  };
  const names = Object.keys(kernels) as RequiredKernelName[];
  Object.assign(required, Object.fromEntries(names.map((name) => [name, cutRequired(name)])));
  const { gather, scatterAdd } = required;
  required.gather = (inputs, outputs, attrs) => {
    const done = windows.needed && gatherFromBlocks(splitter, required, inputs, outputs[0], attrs.axis);
    if (!done) gather(inputs, outputs, attrs);
  };
  required.scatterAdd = (inputs, outputs, attrs) => {
    if (windows.needed && outputs[0].dtype === "f16") {
      scatterHalves(splitter, required, inputs, outputs[0], attrs.axis);
      return;
    }
    const done = windows.needed && scatterIntoBlocks(splitter, required, inputs, outputs[0], attrs.axis);
    if (!done) scatterAdd(inputs, outputs, attrs);
  };
  const fits = (view: View | null): boolean => view === null || windows.fits(view);
  const hasShortLines = (view: View | null): boolean => {
    const length = view?.shape.at(-1) ?? 0;
    return view === null || LINES * length * bytesPerElement[view.dtype] <= windows.room;
  };
  const cutFused = <N extends FusedKernelName>(name: N): FusedKernel<N> | undefined => {
    const fusedKernel = fused[name];
    if (fusedKernel === undefined) return undefined;
    const { run, supports = () => true } = fusedKernel;
    const rule: Of<FusedKernels[N], Cuts> | undefined = fusedRules[name];
    if (rule === undefined) {
      return { run, supports: (inputs, attrs) => inputs.every(fits) && supports(inputs, attrs) };
    }
    const known: Known<FusedKernels[N]> = { kernel: run, rule, placing: placings[name] };
    const cut = cutting(splitter, name, known);
    if (!wholeLines.has(name)) return { supports, run: cut };
    return { run: cut, supports: (inputs, attrs) => inputs.every(hasShortLines) && supports(inputs, attrs) };
  };
  const fusedNames = Object.keys(fused) as FusedKernelName[];
  const cut: Backend["fused"] = Object.fromEntries(fusedNames.map((name) => [name, cutFused(name)]));
  return { kernels: required, fused: cut };
}

function cutting<S extends AnySignature>(
  splitter: Splitter,
  name: string,
  { kernel, rule, scratch, placing }: Known<S>,
): KernelFunction<S> {
  return (inputs, outputs, attrs) => {
    splitter.run({
      name,
      inputs,
      outputs,
      cuts: (i, o) => rule(i, o, attrs),
      scratch: (i, o) => scratch?.(i, o, attrs) ?? 0,
      run: (i, o, first) => kernel(i, o, placing && first > 0 ? placing(attrs, first) : attrs),
    });
  };
}
