import type { FusedKernels } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
import { f32, inPlace, list, MANY, named, normal, oddSizes, standardNormal, uniform } from "./specs.ts";

type Attrs = FusedKernels["adamwStep"]["attrs"];

const usualAttrs: Attrs = {
  lr: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0.01,
  step: 3,
  decoupled: true,
};

function adamw(
  name: string,
  shape: readonly number[],
  attrs: Partial<Attrs> = {},
  options: { readonly scale?: boolean; readonly layout?: LayoutSpec } = {},
): KernelCase<"adamwStep"> {
  const inputs = [
    f32(shape, normal(0.1), options.layout),
    options.scale ? f32([], list(0.375)) : null,
  ] as const;
  const outputs = [
    inPlace("f32", shape, standardNormal),
    inPlace("f32", shape, normal(0.05)),
    inPlace("f32", shape, uniform(0, 0.02)),
  ] as const;
  return kernelCase("adamwStep", `${named(shape)} ${name}`, inputs, outputs, { ...usualAttrs, ...attrs });
}

export const adamwStepCases: readonly KernelCase<"adamwStep">[] = [
  ...oddSizes.map((size) => adamw("", [size])),
  ...[true, false].flatMap((decoupled) =>
    [0, 0.1].flatMap((weightDecay) =>
      [true, false].map((scale) =>
        adamw(
          `decoupled ${decoupled} decay ${weightDecay} scale ${scale}`,
          [9, 13],
          { decoupled, weightDecay },
          { scale },
        ),
      ),
    ),
  ),
  ...[1, 2, 10, 1000, 1_000_000].map((step) => adamw(`step ${step}`, [65], { step })),
  adamw("other betas", [65], { beta1: 0.8, beta2: 0.99 }),
  adamw("no momentum", [65], { beta1: 0 }),
  adamw("a large epsilon", [65], { eps: 0.1 }),
  adamw("a large rate", [65], { lr: 0.5 }),
  ...stridedLayouts(2).map(([name, layout]) => adamw(`gradient ${name}`, [9, 13], {}, { layout })),
  adamw("scalar", []),
  adamw("large", [MANY], {}, { scale: true }),
];
