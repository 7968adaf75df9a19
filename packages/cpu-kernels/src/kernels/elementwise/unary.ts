import type { KernelFunction, RequiredKernels, UnaryName } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, writeInputs, writeOutput, writeParameters } from "../../views/operands.ts";
import { unaryCode } from "./op-codes.ts";

/** Those that take about one instruction; the others take some twenty. */
const cheap: ReadonlySet<UnaryName> = new Set<UnaryName>([
  ...([
    "abs",
    "affine",
    "bitNot",
    "ceil",
    "clamp",
    "floor",
    "isFinite",
    "isInf",
    "isNan",
    "leakyRelu",
  ] as const),
  ...([
    "logicalNot",
    "neg",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "sign",
    "sqrt",
    "square",
    "trunc",
  ] as const),
]);

/** `unary`: `out = op(x; a, b)`. */
export function unaryKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["unary"]> {
  return ([x], [out], { op, a, b }) => {
    const { args } = memory;
    writeOutput(args, 0, out);
    writeInputs(args, x);
    writeParameters(args, a, b);
    wasm.unary(unaryCode[op], dtypeCode[x.dtype], cheap.has(op) ? 2 : 12);
  };
}
