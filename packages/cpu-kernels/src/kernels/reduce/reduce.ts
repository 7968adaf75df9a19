import type {
  DType,
  FusedKernel,
  KernelFunction,
  ReduceName,
  RequiredKernels,
  View,
} from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { dtypeCode, OWN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { sizeOf } from "../../views/pointer.ts";
import { writeReducePlan } from "../../views/reduce-plan.ts";
import { fillKernel } from "../fill.ts";

/** Kinds as assembly/reduce/partial.ts numbers them. */
const kinds: Readonly<Record<ReduceName, number>> = { sum: 0, prod: 1, max: 2, min: 3, any: 2, all: 3 };
const SUM_SQUARES = 4;
const INTEGER = 8;
/** Conversions as assembly/reduce/truth.ts numbers them. */
const truth: Readonly<Record<DType, number>> = { f32: 2, i32: 3, u8: 4, f64: 0, f16: 0 };
const WIDEN = 1;
/** Fewer columns than this are reduced output by output. */
const MIN_COLUMNS = 8;

const identities: Readonly<Record<ReduceName, number>> = {
  ...{ sum: 0, prod: 1, any: 0, all: 1 },
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

/**
 * `reduce`: rows where the elements of an output lie together, columns where those of a row of outputs do; an axis of
 * size 1 is a column, too: rows of one element each would be a call per output.
 */
export function reduceKernel(runtime: Runtime): KernelFunction<RequiredKernels["reduce"]> {
  const fill = fillKernel(runtime);
  return ([x], [out], { op, axes }) => {
    if (sizeOf(out) === 0) return;
    if (sizeOf(x) === 0) return fill([], [out], { value: identities[op] });
    const logical = op === "any" || op === "all";
    const conversion = logical ? truth[x.dtype] : x.dtype === "u8" ? WIDEN : 0;
    const integer = conversion > 0 || x.dtype === "i32";
    run(runtime, x, out, axes, kinds[op] + (integer ? INTEGER : 0), conversion);
  };
}

/** `sumSquares`: a reduction over everything; of one tensor, several are composed. */
export function sumSquaresKernel(runtime: Runtime): FusedKernel<"sumSquares"> {
  const fill = fillKernel(runtime);
  return {
    supports: (inputs) => inputs.length === 1,
    run([x], [out]) {
      if (sizeOf(x) === 0) fill([], [out], { value: 0 });
      else run(runtime, x, out, allAxes(x.shape.length), SUM_SQUARES, 0);
    },
  };
}

const ranges: (readonly number[])[] = [];
function allAxes(rank: number): readonly number[] {
  while (ranges.length <= rank) ranges.push(Array.from({ length: ranges.length }, (_, d) => d));
  return ranges[rank];
}

function run(
  { memory, wasm }: Runtime,
  x: View,
  out: View,
  axes: readonly number[],
  kind: number,
  conversion: number,
) {
  const { args } = memory;
  writeOutput(args, 0, out);
  writeInputs(args, x);
  const plan = writeReducePlan(args, x, axes);
  args.i32[OWN_WORD] = kind;
  args.i32[OWN_WORD + 4] = conversion;
  args.i32[OWN_WORD + 5] = dtypeCode[out.dtype];
  const columns = plan.keptStride === 1 && plan.keptSize >= MIN_COLUMNS;
  if (columns && (kind === kinds.sum || kind === kinds.max || kind === kinds.min)) wasm.reduceColumns();
  else wasm.reduceRows();
}
