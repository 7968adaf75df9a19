import type { KernelName } from "@saccade/core/backend";
import type { InputSpec, KernelCase, OutputSpec } from "./case.ts";

/** One in so many cases of f32 is run in f16, too: what halves change is how numbers are read and written. */
const ONE_IN = 5;
/** Cases that are always run: where rounding, overflow and the ends of lines show. */
const telling = /special|NaN|infinit|scalar|empty|odd|strided|sliced|to offset|large|no |nothing/;

/** Left out: numbers that are infinite in f16, and slopes there are each implementation's own; an output that stays f32. */
const meaningless = /turns|dSlopes/;

/** What stays f32, by its place: what a backward pass reads, and the losses of rows. */
const statistics: {
  readonly [N in KernelName]?: { readonly inputs?: number[]; readonly outputs?: number[] };
} = {
  layerNorm: { outputs: [1, 2] },
  layerNormBackward: { inputs: [2, 3] },
  rmsNorm: { outputs: [1] },
  rmsNormBackward: { inputs: [2] },
  crossEntropy: { outputs: [0, 1] },
  crossEntropyBackward: { inputs: [3, 4] },
  attention: { outputs: [1] },
  attentionBackward: { inputs: [7, 8] },
  lstmSequence: { outputs: [3, 4] },
  lstmSequenceBackward: { inputs: [3, 4] },
  gruSequence: { outputs: [2] },
  gruSequenceBackward: { inputs: [3] },
};

/** Some of a kernel's cases of f32 in f16: inputs, outputs and all. */
export function inHalves<N extends KernelName>(cases: readonly KernelCase<N>[]): KernelCase<N>[] {
  return cases
    .filter((it) => dtypesOf(it).includes("f32") && !dtypesOf(it).includes("f64"))
    .filter(({ name }, i) => i % ONE_IN === 0 || telling.test(name))
    .filter(({ name }) => !meaningless.test(name))
    .map((it) => ({
      ...it,
      name: `in f16: ${it.name}`,
      // A mapped tuple of specs stays one of specs; TypeScript forgets which.
      inputs: it.inputs.map((spec, i) =>
        spec && !statistics[it.kernel]?.inputs?.includes(i) ? halved(spec) : spec,
      ) as unknown as KernelCase<N>["inputs"],
      outputs: it.outputs.map((spec, i) =>
        statistics[it.kernel]?.outputs?.includes(i) ? spec : halved(spec),
      ) as unknown as KernelCase<N>["outputs"],
    }));
}

function dtypesOf<N extends KernelName>({ inputs, outputs }: KernelCase<N>): string[] {
  return [...inputs, ...outputs].flatMap((spec) => (spec ? [spec.dtype] : []));
}

function halved<S extends InputSpec | OutputSpec>(spec: S): S {
  return spec.dtype === "f32" ? { ...spec, dtype: "f16" } : spec;
}
