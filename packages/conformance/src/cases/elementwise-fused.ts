import type { RowSlice } from "@saccade/core/backend";
import { activationNames } from "./activations.ts";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { block, broadcast, rowMajor, stridedLayouts } from "./layouts.ts";
import { f32, list, MANY, named, normal, oddSizes, out, standardNormal, uniform } from "./specs.ts";

type Layouts = readonly [first?: LayoutSpec, second?: LayoutSpec, third?: LayoutSpec];

type Activation = (typeof activationNames)[number];

function unaryBackward(
  name: string,
  op: Activation,
  shape: readonly number[],
  x: Values,
  [layoutX, layoutDy]: Layouts = [],
): KernelCase<"unaryBackward"> {
  const inputs = [f32(shape, x, layoutX), f32(shape, standardNormal, layoutDy)] as const;
  return kernelCase("unaryBackward", `${op} ${named(shape)} ${name}`, inputs, [out("f32", shape)], { op });
}

/** Where slopes are 0, 1 or turn; without NaN, which every rule passes its own way. */
const turns = list(0, -0, 1e-8, -1e-8, 1, -1, 30, -30, 200, -200, 1e18, -1e18, 5, -5, 1e-40);

export const unaryBackwardCases: readonly KernelCase<"unaryBackward">[] = activationNames.flatMap((op) => [
  unaryBackward("", op, [1031], uniform(-8, 8)),
  unaryBackward("saturated", op, [257], uniform(-120, 120)),
  unaryBackward("small", op, [257], uniform(-1e-4, 1e-4)),
  unaryBackward("turns", op, [60], turns),
  ...oddSizes.slice(0, 12).map((size) => unaryBackward("", op, [size], normal(2))),
  ...stridedLayouts(2).flatMap(([layoutName, layout]) => [
    unaryBackward(`x ${layoutName}`, op, [5, 18], normal(2), [layout]),
    unaryBackward(`dy ${layoutName}`, op, [5, 18], normal(2), [rowMajor, layout]),
  ]),
  unaryBackward("large", op, [MANY], normal(2)),
]);

/** The halves of one projection: rows of 2F, of which gate takes the first F and up the others. */
function halves(width: number): Layouts {
  return [block(2), block(2, width)];
}

function glu(
  name: string,
  activation: Activation,
  shape: readonly number[],
  [gate, up]: Layouts = [],
): KernelCase<"glu"> {
  const inputs = [f32(shape, normal(2), gate), f32(shape, standardNormal, up)] as const;
  return kernelCase("glu", `${activation} ${named(shape)} ${name}`, inputs, [out("f32", shape)], {
    activation,
  });
}

function gluBackward(
  name: string,
  activation: Activation,
  shape: readonly number[],
  [gate, up, dy]: Layouts = [],
): KernelCase<"gluBackward"> {
  const inputs = [
    f32(shape, normal(2), gate),
    f32(shape, standardNormal, up),
    f32(shape, standardNormal, dy),
  ] as const;
  return kernelCase(
    "gluBackward",
    `${activation} ${named(shape)} ${name}`,
    inputs,
    [out("f32", shape), out("f32", shape)],
    { activation },
  );
}

export const gluCases: readonly KernelCase<"glu">[] = activationNames.flatMap((activation) => [
  ...oddSizes.slice(0, 12).map((size) => glu("", activation, [3, size])),
  glu("halves", activation, [7, 33], halves(33)),
  glu("halves", activation, [5, 16], halves(16)),
  glu("large", activation, [513, 257], halves(257)),
  ...stridedLayouts(2).map(([layoutName, layout]) => glu(layoutName, activation, [5, 18], [layout, layout])),
  glu("three dimensions", activation, [2, 3, 17]),
  glu("one up for all", activation, [5, 18], [rowMajor, broadcast(2, [0, 1])]),
]);

export const gluBackwardCases: readonly KernelCase<"gluBackward">[] = activationNames.flatMap(
  (activation) => [
    ...oddSizes.slice(0, 12).map((size) => gluBackward("", activation, [3, size])),
    gluBackward("halves", activation, [7, 33], halves(33)),
    gluBackward("halves", activation, [5, 16], halves(16)),
    gluBackward("large", activation, [513, 257], halves(257)),
    ...stridedLayouts(2).map(([layoutName, layout]) =>
      gluBackward(layoutName, activation, [5, 18], [layout, layout, layout]),
    ),
    gluBackward("three dimensions", activation, [2, 3, 17]),
    gluBackward("one dy for all", activation, [5, 18], [rowMajor, rowMajor, broadcast(2, [0, 1])]),
  ],
);

function dropout(
  name: string,
  p: number,
  shape: readonly number[],
  layout?: LayoutSpec,
  values: Values = standardNormal,
  rows?: RowSlice,
): KernelCase<"dropout"> {
  return kernelCase(
    "dropout",
    `p ${p} ${named(shape)} ${name}`,
    [f32(shape, values, layout)],
    [out("f32", shape)],
    { p, key: [11, -7], ...(rows && { rows }) },
  );
}

export const dropoutCases: readonly KernelCase<"dropout">[] = [
  ...[0.1, 0.25, 0.5, 0.9].map((p) => dropout("", p, [1031])),
  ...oddSizes.map((size) => dropout("", 0.3, [size])),
  ...stridedLayouts(3).map(([name, layout]) => dropout(name, 0.3, [3, 5, 6], layout)),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((columns) => dropout("", 0.4, [2, 7, columns])),
  dropout("rows of a larger tensor", 0.3, [3, 4, 5], undefined, standardNormal, { first: 6, of: 11 }),
  dropout("rows of a larger tensor, whole blocks", 0.3, [2, 3, 20], undefined, standardNormal, {
    first: 2,
    of: 9,
  }),
  dropout("nothing is kept", 1, [70]),
  dropout("scalar", 0.5, []),
  dropout("large", 0.2, [513, 257]),
  dropout(
    "what is dropped is 0, whatever it was",
    0.5,
    [64],
    undefined,
    list(Number.NaN, Infinity, -Infinity, 1),
  ),
];

function sumSquares(
  name: string,
  shape: readonly number[],
  values: Values = standardNormal,
  layout?: LayoutSpec,
): KernelCase<"sumSquares"> {
  return kernelCase(
    "sumSquares",
    `${named(shape)} ${name}`,
    [f32(shape, values, layout)],
    [out("f32", [])],
    {},
  );
}

function jointSquares(
  name: string,
  shapes: readonly (readonly number[])[],
  layouts: readonly (LayoutSpec | undefined)[] = [],
): KernelCase<"sumSquares"> {
  const [first, ...more] = shapes.map((shape, i) => f32(shape, standardNormal, layouts[i]));
  return kernelCase("sumSquares", `joint ${name}`, [first, ...more], [out("f32", [])], {});
}

export const sumSquaresCases: readonly KernelCase<"sumSquares">[] = [
  ...oddSizes.map((size) => sumSquares("", [size])),
  ...stridedLayouts(3).map(([name, layout]) => sumSquares(name, [3, 5, 6], standardNormal, layout)),
  sumSquares("scalar", []),
  sumSquares("large", [513, 257]),
  sumSquares("large, sliced", [257, 255], standardNormal, { steps: [2, 2] }),
  sumSquares("NaN", [33], list(1, 2, Number.NaN, 3)),
  sumSquares("infinity", [33], list(1, -Infinity, 3)),
  jointSquares("two", [[8], [12]]),
  jointSquares("odd sizes and none", [[4], [0], [7], [1, 1], [], [256], [3, 5]]),
  jointSquares(
    "many",
    Array.from({ length: 40 }, (_, i) => [i + 1, 4]),
  ),
  jointSquares("large ones between small ones", [[4], [257, 256], [8], [MANY]]),
  jointSquares("nothing", [[0], [3, 0]]),
  jointSquares(
    "strided",
    [
      [9, 12],
      [12, 8],
      [4, 4],
    ],
    [undefined, { order: [1, 0] }, { offset: 2 }],
  ),
];
