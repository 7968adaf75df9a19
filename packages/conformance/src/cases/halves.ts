import type { KernelName } from "@saccade/core/backend";
import type { InputSpec, KernelCase, OutputSpec } from "./case.ts";

/** One in so many cases of f32 is run in f16, too: what halves change is how numbers are read and written. */
const ONE_IN = 5;
/** Cases that are always run: where rounding, overflow and the ends of lines show. */
const telling = /special|NaN|infinit|scalar|empty|odd|strided|sliced|to offset|large|no |nothing/;

/** Some of a kernel's cases of f32 in f16: inputs, outputs and all. */
export function inHalves<N extends KernelName>(cases: readonly KernelCase<N>[]): KernelCase<N>[] {
  return cases
    .filter((it) => dtypesOf(it).includes("f32") && !dtypesOf(it).includes("f64"))
    .filter(({ name }, i) => i % ONE_IN === 0 || telling.test(name))
    .map((it) => ({
      ...it,
      name: `in f16: ${it.name}`,
      // A mapped tuple of specs stays one of specs; TypeScript forgets which.
      inputs: it.inputs.map((spec) => spec && halved(spec)) as unknown as KernelCase<N>["inputs"],
      outputs: it.outputs.map((spec) => halved(spec)) as unknown as KernelCase<N>["outputs"],
    }));
}

function dtypesOf<N extends KernelName>({ inputs, outputs }: KernelCase<N>): string[] {
  return [...inputs, ...outputs].flatMap((spec) => (spec ? [spec.dtype] : []));
}

function halved<S extends InputSpec | OutputSpec>(spec: S): S {
  return spec.dtype === "f32" ? { ...spec, dtype: "f16" } : spec;
}
