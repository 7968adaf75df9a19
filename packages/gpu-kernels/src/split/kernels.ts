import type {
  Backend,
  FusedKernel,
  FusedKernelName,
  FusedKernels,
  KernelFunction,
  RequiredKernelName,
  RequiredKernels,
  Signature,
  View,
} from "@saccade/core/backend";
import type { BufferTable } from "../device/buffers.ts";
import { scatterSortedBytes } from "../kernels/scatter-sorted.ts";
import type { Cuts } from "./call.ts";
import { gatherFromBlocks, scatterHalves, scatterIntoBlocks } from "./indexed.ts";
import { argReduceInBlocks, scanInBlocks } from "./long-lines.ts";
import { topKInBlocks } from "./long-sorts.ts";
import { feasible, fusedRules, type Placing, placings, requiredRules, scratchBytes } from "./rules.ts";
import { adamwOfAnySize, sumSquaresOfAnySize } from "./several.ts";
import { Splitter } from "./splitter.ts";
import { Windows } from "./windows.ts";

type AnySignature = Signature<readonly (View | null)[], readonly View[], unknown>;
type Required = { -readonly [N in RequiredKernelName]: KernelFunction<RequiredKernels[N]> };
type Of<S extends AnySignature, R> = (
  inputs: Readonly<S["inputs"]>,
  outputs: Readonly<S["outputs"]>,
  attrs: S["attrs"],
) => R;

type CanCut<S extends AnySignature> = (
  inputs: Readonly<S["inputs"]>,
  attrs: S["attrs"],
  room: number,
) => boolean;

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
  const { gather, scatterAdd, scan, argReduce, topK } = required;
  required.scan = ([x], [out], attrs) => {
    const done = windows.needed && scanInBlocks(splitter, required, x, out, attrs);
    if (!done) scan([x], [out], attrs);
  };
  required.argReduce = ([x], [out], attrs) => {
    const done = windows.needed && argReduceInBlocks(splitter, required, x, out, attrs);
    if (!done) argReduce([x], [out], attrs);
  };
  required.topK = ([x], outputs, attrs) => {
    if (!topKInBlocks(splitter, required, x, outputs, attrs)) topK([x], outputs, attrs);
  };
  required.gather = (inputs, outputs, attrs) => {
    const done = windows.needed && gatherFromBlocks(splitter, required, inputs, outputs[0], attrs.axis);
    if (!done) gather(inputs, outputs, attrs);
  };
  required.scatterAdd = (inputs, outputs, attrs) => {
    const isCut = windows.needed || scatterSortedBytes(inputs[0], attrs.axis) > windows.room;
    if (isCut && outputs[0].dtype === "f16") {
      scatterHalves(splitter, required, inputs, outputs[0], attrs.axis);
      return;
    }
    const done = windows.needed && scatterIntoBlocks(splitter, required, inputs, outputs[0], attrs.axis);
    if (!done) scatterAdd(inputs, outputs, attrs);
  };
  const fits = (view: View | null): boolean => view === null || windows.fits(view);
  const cutFused = <N extends FusedKernelName>(name: N): FusedKernel<N> | undefined => {
    const fusedKernel = fused[name];
    if (fusedKernel === undefined) return undefined;
    const { run, supports = () => true } = fusedKernel;
    const rule: Of<FusedKernels[N], Cuts> | undefined = fusedRules[name];
    if (rule === undefined) {
      return {
        run: (inputs, outputs, attrs) => windows.through(inputs, outputs, (i, o) => run(i, o, attrs)),
        supports: (inputs, attrs) => inputs.every(fits) && supports(inputs, attrs),
      };
    }
    const known: Known<FusedKernels[N]> = { kernel: run, rule, placing: placings[name] };
    const canCut: CanCut<FusedKernels[N]> | undefined = feasible[name];
    return {
      run: cutting(splitter, name, known),
      supports: (inputs, attrs) => {
        if (windows.needed && canCut && !inputs.every(fits) && !canCut(inputs, attrs, windows.room))
          return false;
        return supports(inputs, attrs);
      },
    };
  };
  const fusedNames = Object.keys(fused) as FusedKernelName[];
  const cut: Backend["fused"] = Object.fromEntries(fusedNames.map((name) => [name, cutFused(name)]));
  const { adamwStep, sumSquares } = fused;
  const several: Backend["fused"] = {
    ...(adamwStep ? { adamwStep: { ...adamwStep, run: adamwOfAnySize(splitter, adamwStep.run) } } : {}),
    ...(sumSquares
      ? { sumSquares: { ...sumSquares, run: sumSquaresOfAnySize(splitter, sumSquares.run) } }
      : {}),
  };
  return { kernels: required, fused: { ...cut, ...several } };
}

function cutting<S extends AnySignature>(
  splitter: Splitter,
  name: string,
  { kernel, rule, scratch, placing }: Known<S>,
): KernelFunction<S> {
  const { windows } = splitter;
  return (inputs, outputs, attrs) => {
    if (!windows.needed && !(scratch && scratch(inputs, outputs, attrs) > windows.room)) {
      kernel(inputs, outputs, attrs);
      return;
    }
    splitter.run({
      name,
      inputs,
      outputs,
      cuts: (i, o) => rule(i, o, attrs),
      scratch: (i, o) => scratch?.(i, o, attrs) ?? 0,
      run: (i, o, first) =>
        kernel(i, o, placing && first > 0 ? placing(attrs, first, outputs[0].shape) : attrs),
    });
  };
}
