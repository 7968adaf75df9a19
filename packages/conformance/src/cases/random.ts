import type { KeyWords } from "@saccade/core/backend";
import { type KernelCase, kernelCase } from "./case.ts";
import { MANY, named, oddSizes, out } from "./specs.ts";

const keys: readonly KeyWords[] = [
  [0, 0],
  [1, 2],
  [-1, -1],
  [0x13198a2e, 0x03707344],
  [-2147483648, 2147483647],
];

const kinds = ["bits", "uniform", "normal"] as const;
const dtypeOf = { bits: "i32", uniform: "f32", normal: "f32" } as const;

const everyKey = kinds.flatMap((kind) =>
  keys.map((key) =>
    kernelCase("random", `${kind} key ${key}`, [], [out(dtypeOf[kind], [67])], { key, kind }),
  ),
);

const everySize = kinds.flatMap((kind) =>
  [...oddSizes, 65_537, MANY].map((size) =>
    kernelCase("random", `${kind} [${size}]`, [], [out(dtypeOf[kind], [size])], { key: [7, size], kind }),
  ),
);

// The element's index counts, not its place: any rank gives the same numbers.
const everyRank = kinds.flatMap((kind) =>
  [[], [3, 7], [2, 3, 5]].map((shape) =>
    kernelCase("random", `${kind} ${named(shape)}`, [], [out(dtypeOf[kind], shape)], { key: [3, 4], kind }),
  ),
);

export const randomCases: readonly KernelCase<"random">[] = [
  ...everyKey,
  ...everySize,
  ...everyRank,
  kernelCase("random", "uniform f64", [], [out("f64", [33])], { key: [5, 6], kind: "uniform" }),
  kernelCase("random", "normal f64", [], [out("f64", [33])], { key: [5, 6], kind: "normal" }),
];
