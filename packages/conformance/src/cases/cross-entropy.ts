import { logsumexp } from "@saccade/core";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { block, broadcast, flipped, sliced, transposed } from "./layouts.ts";
import { computed, f32, i32, integers, list, named, normal, out, standardNormal, uniform } from "./specs.ts";

interface Call {
  readonly shape: readonly [rows: number, classes: number];
  readonly logits?: Values;
  readonly target?: Values;
  readonly weight?: boolean;
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
  readonly layout?: LayoutSpec;
  readonly layoutLoss?: LayoutSpec;
}

function parts({ shape, logits = normal(3), target = integers(0, shape[1]), weight = false, layout }: Call) {
  const [rows, classes] = shape;
  return [
    f32(shape, logits, layout),
    i32([rows], target),
    weight ? f32([classes], uniform(0.5, 2)) : null,
  ] as const;
}

function title(name: string, { shape, weight = false, labelSmoothing = 0 }: Call): string {
  return `${named(shape)}${weight ? " weights" : ""}${labelSmoothing > 0 ? ` smoothing ${labelSmoothing}` : ""} ${name}`;
}

function forward(name: string, call: Call): KernelCase<"crossEntropy"> {
  const { shape, ignoreIndex = -100, labelSmoothing = 0 } = call;
  const row = out("f32", [shape[0]]);
  return kernelCase("crossEntropy", title(name, call), parts(call), [row, row], {
    ignoreIndex,
    labelSmoothing,
  });
}

function backward(name: string, call: Call): KernelCase<"crossEntropyBackward"> {
  const { shape, ignoreIndex = -100, labelSmoothing = 0, layoutLoss } = call;
  const lse = f32(
    [shape[0]],
    computed(([x]) => logsumexp(x!, 1)),
  );
  const inputs = [...parts(call), lse, f32([shape[0]], standardNormal, layoutLoss)] as const;
  return kernelCase("crossEntropyBackward", title(name, call), inputs, [out("f32", shape)], {
    ignoreIndex,
    labelSmoothing,
  });
}

const sizes = [
  [1, 1],
  [1, 65],
  [5, 2],
  [5, 3],
  [5, 4],
  [5, 7],
  [5, 8],
  [5, 9],
  [5, 16],
  [5, 17],
  [5, 33],
  [5, 64],
  [5, 65],
  [5, 257],
  [3, 5003],
  [2, 50257],
  [64, 65],
  [257, 33],
  [513, 257],
] as const;

const someIgnored = list(3, -100, 0, 5, -100, 1);

/** The options, each and together; the same for both directions. */
const calls: readonly (readonly [name: string, Call])[] = [
  ...sizes.map((shape) => ["", { shape }] as const),
  ...[[], [0.1], [0.5]].flatMap(([labelSmoothing = 0]) =>
    [true, false].flatMap((weight) => [
      ["options", { shape: [19, 33], weight, labelSmoothing }] as const,
      ["some ignored", { shape: [19, 33], weight, labelSmoothing, target: someIgnored }] as const,
    ]),
  ),
  ["all ignored", { shape: [5, 9], target: list(-100) }],
  ["a class is ignored", { shape: [19, 9], ignoreIndex: 0, labelSmoothing: 0.1, weight: true }],
  ["a class is ignored", { shape: [19, 9], ignoreIndex: 8 }],
  ["large logits", { shape: [9, 33], logits: normal(100) }],
  [
    "masked classes",
    { shape: [5, 8], logits: list(1, 2, -Infinity, 3, -1, 0.5, -Infinity, 4), target: list(0, 1, 3, 4, 7) },
  ],
  ["transposed", { shape: [13, 18], layout: transposed(2) }],
  ["sliced", { shape: [13, 18], layout: sliced(2) }],
  ["block", { shape: [13, 18], layout: block(2, 3) }],
  ["flipped", { shape: [13, 18], layout: flipped(2, [0, 1]) }],
  ["no rows", { shape: [0, 8] }],
];

export const crossEntropyCases: readonly KernelCase<"crossEntropy">[] = [
  ...calls.map(([name, call]) => forward(name, call)),
  forward("targets out of range are NaN", {
    shape: [6, 5],
    target: list(0, 5, -1, 2147483647, -2147483648, 4),
  }),
  forward("a target that is masked", {
    shape: [3, 4],
    logits: list(1, -Infinity, 2, 3),
    target: list(1, 0, 2),
  }),
  forward("NaN stays in its row", {
    shape: [3, 4],
    logits: list(1, 2, 3, 4, Number.NaN, 1, 2, 3, 5, 6, 7, 8),
    target: list(1, 2, 3),
  }),
];

export const crossEntropyBackwardCases: readonly KernelCase<"crossEntropyBackward">[] = [
  ...calls.map(([name, call]) => backward(name, call)),
  backward("one loss for all rows", { shape: [19, 33], layoutLoss: broadcast(1, [0]) }),
  backward("losses sliced", { shape: [19, 33], layoutLoss: sliced(1) }),
  backward("losses flipped", {
    shape: [19, 33],
    layoutLoss: flipped(1, [0]),
    weight: true,
    labelSmoothing: 0.1,
  }),
];
