import type { KernelName, KernelSignatures } from "@saccade/core/backend";
import type { AnyCase } from "../cases/case.ts";
import { binaryTolerances, slopeTolerances, unaryTolerances } from "./scalar-tolerances.ts";
import { near, summed, type Tolerance, ulps } from "./tolerance.ts";

type Rule<N extends KernelName> = (attrs: KernelSignatures[N]["attrs"], it: AnyCase) => Tolerance;

/** How many elements of the first input meet in one of the output. */
function reducedCount({ inputs, outputs }: AnyCase): number {
  const count = (shape: readonly number[] | undefined): number =>
    (shape ?? []).reduce((n, size) => n * size, 1);
  return count(inputs[0]?.shape) / Math.max(1, count(outputs[0].shape));
}

/** Dot products, added up one term after the other: rounding errors grow as the root of their number. */
function product(ulpCount: number, rows: readonly number[] = []): Tolerance {
  return near(ulpCount, 1 + Math.sqrt(rows[rows.length - 1]) / 4);
}

/**
 * The one table of tolerances: what every backend is held to, per kernel. Integers and masks are exact always; these
 * are for floats. Rules that only move numbers, compare them or round once are `bits`.
 */
const tolerances: { readonly [N in KernelName]: Rule<N> } = {
  fill: () => "bits",
  iota: () => near(1, 1),
  random: ({ kind }) => (kind === "normal" ? near(4, 1) : "bits"),
  copy: () => "bits",
  cast: () => "bits",
  unary: ({ op }) => unaryTolerances[op],
  binary: ({ op }) => binaryTolerances[op],
  where: () => "bits",
  reduce({ op }, it) {
    if (op === "sum") return summed(2);
    return op === "prod" ? ulps(1 + reducedCount(it) / 4) : "equal";
  },
  argReduce: () => "bits",
  scan({ op, axis }, { outputs }) {
    if (op === "sum") return summed(4);
    return op === "prod" ? ulps(1 + outputs[0].shape[axis] / 2) : "equal";
  },
  matmul: (_, { inputs }) => product(1, inputs[0]?.shape),
  gather: () => "bits",
  scatterAdd: () => summed(4),
  topK: () => "bits",
  linear: ({ activation }, { inputs }) => product(activation ? 4 : 1, inputs[0]?.shape),
  quantizedLinear: ({ activation }, { inputs }) => product(activation ? 4 : 2, inputs[0]?.shape),
  softmax: () => near(2, 1),
  softmaxBackward: () => near(2, 2),
  layerNorm: () => near(3, 1),
  layerNormBackward: () => near(3, 1),
  rmsNorm: () => ulps(4),
  rmsNormBackward: () => near(3, 1),
  crossEntropy: () => near(1, 1),
  crossEntropyBackward: () => near(2, 1),
  attention: () => near(2, 2),
  attentionBackward: () => near(2, 2),
  unaryBackward: ({ op }) => slopeTolerances[op],
  glu: () => near(4, 1.5),
  gluBackward: ({ activation }) => (activation === "geluTanh" ? near(4, 4) : near(4, 1.5)),
  dropout: () => ulps(1.5),
  sumSquares: () => summed(2),
  adamwStep: () => near(3, 1),
  lstmSequence: () => near(4, 2),
  lstmSequenceBackward: () => near(4, 2),
  gruSequence: () => near(4, 2),
  gruSequenceBackward: () => near(4, 2),
  rnnSequence: () => near(4, 2),
  rnnSequenceBackward: () => near(4, 2),
};

/** What a case's float outputs are held to. */
export function toleranceOf(it: AnyCase): Tolerance {
  const rule = tolerances[it.kernel] as Rule<KernelName>; // a lookup by name forgets whose attributes these are
  return rule(it.attrs as never, it);
}
