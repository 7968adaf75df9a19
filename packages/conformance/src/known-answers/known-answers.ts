import type { DType, KernelSignatures, RequiredKernelName } from "@saccade/core/backend";
import type { AnyCase, InputSpec, OutputSpec } from "../cases/case.ts";
import { inputOf, list } from "../cases/specs.ts";

/** A call small enough to know its result by heart. */
export interface KnownAnswer {
  readonly case: AnyCase;
  /** The numbers of each output. */
  readonly expected: readonly (readonly number[])[];
}

type Operand = readonly [dtype: DType, shape: readonly number[], numbers: readonly number[]];

/** A call of one kernel: inputs, attributes and outputs with their numbers. */
type Answer<N extends RequiredKernelName> = readonly [
  name: string,
  inputs: readonly Operand[],
  attrs: KernelSignatures[N]["attrs"],
  outputs: readonly Operand[],
  /** What outputs hold before, for scatterAdd. */
  before?: readonly number[],
];

const { NaN: nan } = Number;
const inf = Infinity;

function flat(dtype: DType, ...numbers: readonly number[]): Operand {
  return [dtype, [numbers.length], numbers];
}

const f = (...numbers: readonly number[]): Operand => flat("f32", ...numbers);
const i = (...numbers: readonly number[]): Operand => flat("i32", ...numbers);
const u = (...numbers: readonly number[]): Operand => flat("u8", ...numbers);
const none = {} as const;
const ab = { a: 0, b: 0 } as const;

/** Written by hand, from `backend.ts`, IEEE 754 and PyTorch: nothing here was computed by what it tests. */
const answers: { readonly [N in RequiredKernelName]: readonly Answer<N>[] } = {
  fill: [["-0 and NaN are values", [], { value: -0 }, [f(-0, -0)]]],
  iota: [["steps down", [], { start: 5, step: -2 }, [i(5, 3, 1, -1)]]],
  random: [
    // Salmon et al. 2011, the known-answer file of Random123: threefry2x32, 20 rounds.
    ["the first block of key 0", [], { key: [0, 0], kind: "bits" }, [i(0x6b200159, 0x99ba4efe | 0)]],
    [
      "uniforms are the upper 24 bits",
      [],
      { key: [0, 0], kind: "uniform" },
      [f(0x6b2001 / 2 ** 24, 0x99ba4e / 2 ** 24)],
    ],
    ["a cut block", [], { key: [0, 0], kind: "bits" }, [i(0x6b200159)]],
  ],
  copy: [["as it is", [f(1, nan, -0, inf)], none, [f(1, nan, -0, inf)]]],
  cast: [
    [
      "to i32: towards 0, NaN is 0, saturating",
      [f(1.9, -1.9, nan, inf, -inf, 3e9, -3e9)],
      none,
      [i(1, -1, 0, 2147483647, -2147483648, 2147483647, -2147483648)],
    ],
    ["to a mask: anything but 0 is 1", [f(0, -0, 0.3, -2, nan, 256)], none, [u(0, 0, 1, 1, 1, 1)]],
    ["integers to a mask", [i(0, 256, -1)], none, [u(0, 1, 1)]],
    ["to f32: rounds to even", [i(16777217, 16777219, -7)], none, [f(16777216, 16777220, -7)]],
  ],
  unary: [
    [
      "round: halves to even",
      [f(0.5, 1.5, 2.5, -0.5, -1.5, 2.4)],
      { op: "round", ...ab },
      [f(0, 2, 2, -0, -2, 2)],
    ],
    ["sign: 0 stays", [f(-3, 0, 5, nan)], { op: "sign", ...ab }, [f(-1, 0, 1, nan)]],
    ["relu: NaN passes", [f(-3, 0, 5, nan)], { op: "relu", ...ab }, [f(0, 0, 5, nan)]],
    ["clamp: NaN passes", [f(-3, 0.5, 5, nan)], { op: "clamp", a: -1, b: 1 }, [f(-1, 0.5, 1, nan)]],
    ["affine", [f(1, 2, 3)], { op: "affine", a: 2, b: -1 }, [f(1, 3, 5)]],
    ["affine wraps", [i(2147483647, 3)], { op: "affine", a: 1, b: 1 }, [i(-2147483648, 4)]],
    ["abs wraps", [i(-2147483648, -3)], { op: "abs", ...ab }, [i(-2147483648, 3)]],
    ["isNan is a mask", [f(nan, inf, 0)], { op: "isNan", ...ab }, [u(1, 0, 0)]],
    ["isFinite is a mask", [f(nan, inf, 0)], { op: "isFinite", ...ab }, [u(0, 0, 1)]],
    ["exp", [f(0, -inf, inf, nan)], { op: "exp", ...ab }, [f(1, 0, inf, nan)]],
    ["log", [f(1, 0, -1, inf)], { op: "log", ...ab }, [f(0, -inf, nan, inf)]],
    ["powScalar", [f(2, -2, 9)], { op: "powScalar", a: 2, b: 0 }, [f(4, 4, 81)]],
    ["gelu at infinity", [f(-inf, inf, 0)], { op: "gelu", ...ab }, [f(0, inf, 0)]],
  ],
  binary: [
    ["maximum: NaN wins", [f(1, nan, 3), f(2, 1, nan)], { op: "maximum" }, [f(2, nan, nan)]],
    ["fmax: the number wins", [f(1, nan, 3), f(2, 1, nan)], { op: "fmax" }, [f(2, 1, 3)]],
    [
      "remainder: the sign of the divisor",
      [f(5, -5, 5, -5), f(3, 3, -3, -3)],
      { op: "remainder" },
      [f(2, 1, -1, -2)],
    ],
    ["fmod: the sign of the dividend", [f(5, -5, 5, -5), f(3, 3, -3, -3)], { op: "fmod" }, [f(2, -2, 2, -2)]],
    ["floorDiv of integers", [i(7, -7, 7, 1), i(2, 2, -2, 0)], { op: "floorDiv" }, [i(3, -4, -4, 0)]],
    ["truncDiv of integers", [i(7, -7, 7, 1), i(2, 2, -2, 0)], { op: "truncDiv" }, [i(3, -3, -3, 0)]],
    ["products wrap", [i(65536, 123456789), i(65536, 987654321)], { op: "mul" }, [i(0, -67153019)]],
    [
      "pow: 1 to anything, anything to 0",
      [f(1, nan, -1, 0), f(nan, 0, inf, -1)],
      { op: "pow" },
      [f(1, 1, 1, inf)],
    ],
    ["NaN equals nothing", [f(nan, 1), f(nan, 1)], { op: "eq" }, [u(0, 1)]],
    ["NaN differs from itself", [f(nan, 1), f(nan, 1)], { op: "ne" }, [u(1, 0)]],
    ["shifts keep the sign", [i(-8, 5), i(1, 1)], { op: "shiftRight" }, [i(-4, 2)]],
    ["bits of bytes", [u(12, 255), u(10, 1)], { op: "bitXor" }, [u(6, 254)]],
    ["logic of numbers", [f(0, 2, nan), f(1, 3, 1)], { op: "logicalAnd" }, [u(0, 1, 1)]],
    ["atan2", [f(0, 1), f(1, 0)], { op: "atan2" }, [f(0, Math.fround(Math.PI / 2))]],
  ],
  where: [["chooses", [u(1, 0, 2), f(1, 2, 3), f(nan, 5, nan)], none, [f(1, 5, 3)]]],
  reduce: [
    ["an empty sum", [["f32", [0], []]], { op: "sum", axes: [0] }, [["f32", [1], [0]]]],
    ["an empty product", [["f32", [0], []]], { op: "prod", axes: [0] }, [["f32", [1], [1]]]],
    ["an empty maximum", [["f32", [0], []]], { op: "max", axes: [0] }, [["f32", [1], [-inf]]]],
    ["an empty minimum", [["f32", [0], []]], { op: "min", axes: [0] }, [["f32", [1], [inf]]]],
    ["an empty any", [["f32", [0], []]], { op: "any", axes: [0] }, [["u8", [1], [0]]]],
    ["an empty all", [["f32", [0], []]], { op: "all", axes: [0] }, [["u8", [1], [1]]]],
    ["NaN wins", [f(1, nan, 3)], { op: "max", axes: [0] }, [["f32", [1], [nan]]]],
    ["sums wrap", [i(2147483647, 2, 3)], { op: "sum", axes: [0] }, [["i32", [1], [-2147483644]]]],
    [
      "outer axis",
      [["f32", [2, 3], [1, 2, 3, 4, 5, 6]]],
      { op: "sum", axes: [0] },
      [["f32", [1, 3], [5, 7, 9]]],
    ],
    [
      "inner axis",
      [["f32", [2, 3], [1, 2, 3, 4, 5, 6]]],
      { op: "prod", axes: [1] },
      [["f32", [2, 1], [6, 120]]],
    ],
    ["no axis", [f(1, 2)], { op: "sum", axes: [] }, [f(1, 2)]],
  ],
  argReduce: [
    ["the first of equals", [f(1, 3, 3, 2)], { op: "max", axis: 0 }, [["i32", [1], [1]]]],
    ["the first NaN", [f(1, nan, 3, nan)], { op: "min", axis: 0 }, [["i32", [1], [1]]]],
    ["of columns", [["i32", [2, 2], [1, 9, 5, 2]]], { op: "min", axis: 0 }, [["i32", [1, 2], [0, 1]]]],
  ],
  scan: [
    ["forwards", [f(1, 2, 3)], { op: "sum", axis: 0, reverse: false }, [f(1, 3, 6)]],
    ["backwards", [f(1, 2, 3)], { op: "sum", axis: 0, reverse: true }, [f(6, 5, 3)]],
    ["NaN sticks", [f(1, nan, 5, 2)], { op: "max", axis: 0, reverse: false }, [f(1, nan, nan, nan)]],
    ["products wrap", [i(65536, 65536, 1)], { op: "prod", axis: 0, reverse: false }, [i(65536, 0, 0)]],
  ],
  matmul: [
    [
      "2x2",
      [
        ["f32", [2, 2], [1, 2, 3, 4]],
        ["f32", [2, 2], [5, 6, 7, 8]],
      ],
      none,
      [["f32", [2, 2], [19, 22, 43, 50]]],
    ],
    [
      "nothing to add up",
      [
        ["f32", [1, 0], []],
        ["f32", [0, 2], []],
      ],
      none,
      [["f32", [1, 2], [0, 0]]],
    ],
    [
      "wraps",
      [
        ["i32", [1, 1], [65536]],
        ["i32", [1, 1], [65536]],
      ],
      none,
      [["i32", [1, 1], [0]]],
    ],
    [
      "0 times infinity",
      [
        ["f32", [1, 2], [0, 1]],
        ["f32", [2, 1], [inf, 1]],
      ],
      none,
      [["f32", [1, 1], [nan]]],
    ],
  ],
  gather: [
    ["out of range reads NaN", [f(5, 6, 7), i(2, -1, 3, 0)], { axis: 0 }, [f(7, nan, nan, 5)]],
    ["out of range reads 0 of integers", [i(5, 6, 7), i(2, -1, 3, 0)], { axis: 0 }, [i(7, 0, 0, 5)]],
    [
      "along the last",
      [
        ["f32", [2, 2], [1, 2, 3, 4]],
        ["i32", [2, 1], [1, 0]],
      ],
      { axis: 1 },
      [["f32", [2, 1], [2, 3]]],
    ],
  ],
  scatterAdd: [
    [
      "repeats add up, out of range is dropped",
      [i(1, 1, -1, 3, 0), f(1, 2, 4, 8, 16)],
      { axis: 0 },
      [f(116, 103, 100)],
      [100, 100, 100],
    ],
    ["in ascending order", [i(0, 0, 0), f(1e8, 3, -1e8)], { axis: 0 }, [f(0)], [0]],
  ],
  topK: [
    ["equals keep their order", [f(1, 3, 3, 2)], { axis: 0, k: 3, largest: true }, [f(3, 3, 2), i(1, 2, 3)]],
    ["NaN is the largest", [f(1, nan, inf)], { axis: 0, k: 2, largest: true }, [f(nan, inf), i(1, 2)]],
    ["NaN comes last", [f(nan, 1, -inf)], { axis: 0, k: 3, largest: false }, [f(-inf, 1, nan), i(2, 1, 0)]],
  ],
};

function specOf([dtype, shape, numbers]: Operand): InputSpec {
  return inputOf[dtype](shape, list(...numbers));
}

function toKnownAnswer<N extends RequiredKernelName>(
  kernel: N,
  [name, inputs, attrs, outputs, before]: Answer<N>,
): KnownAnswer {
  const targets: OutputSpec[] = outputs.map(([dtype, shape]) =>
    before ? { dtype, shape, values: list(...before) } : { dtype, shape },
  );
  const it: AnyCase = { kernel, name, inputs: inputs.map(specOf), outputs: targets, attrs };
  return { case: it, expected: outputs.map(([, , numbers]) => numbers) };
}

/** Every known answer of every required kernel. */
export const knownAnswers: readonly KnownAnswer[] = (Object.keys(answers) as RequiredKernelName[]).flatMap(
  (kernel) => answers[kernel].map((answer) => toKnownAnswer(kernel, answer as Answer<RequiredKernelName>)),
);
