import type { FusedKernels } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type OutputSpec } from "./case.ts";
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
    options.scale ? f32([], list(0.375)) : null,
    f32(shape, normal(0.1), options.layout),
  ] as const;
  return kernelCase("adamwStep", `${named(shape)} ${name}`, inputs, outputsOf(shape), {
    ...usualAttrs,
    ...attrs,
  });
}

function outputsOf(shape: readonly number[]): OutputSpec[] {
  return [
    inPlace("f32", shape, standardNormal),
    inPlace("f32", shape, normal(0.05)),
    inPlace("f32", shape, uniform(0, 0.02)),
  ];
}

/** Several parameters in one call. */
function together(
  name: string,
  shapes: readonly (readonly number[])[],
  scale = false,
  layouts: readonly (LayoutSpec | undefined)[] = [],
): KernelCase<"adamwStep"> {
  const inputs = [
    scale ? f32([], list(0.375)) : null,
    ...shapes.map((shape, i) => f32(shape, normal(0.1), layouts[i])),
  ] as const;
  return kernelCase("adamwStep", `together ${name}`, inputs, shapes.flatMap(outputsOf), usualAttrs);
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
  together(
    "as many as a small model has",
    [[65, 16], [16], [16], [48, 16], [16, 16], [16], [64, 16], [16, 64]],
    true,
  ),
  together("two", [[8], [12]]),
  together("odd sizes and none", [[4], [0], [7], [1, 1], [], [256], [3, 5]]),
  together("large ones between small ones", [[4], [257, 256], [8], [MANY]], true),
  together(
    "strided gradients",
    [
      [9, 12],
      [12, 8],
      [4, 4],
    ],
    false,
    [undefined, { order: [1, 0] }, { offset: 2 }],
  ),
];
