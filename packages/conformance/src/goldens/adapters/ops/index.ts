import type { AdapterTable } from "../table.ts";
import { binaryOps } from "./binary.ts";
import { convPoolOps } from "./conv-pool.ts";
import { createOps } from "./create.ts";
import { expressionOps } from "./expression.ts";
import { indexingOps } from "./indexing.ts";
import { lossOps } from "./loss.ts";
import { matmulOps } from "./matmul.ts";
import { recordedOps } from "./recorded.ts";
import { reduceOps } from "./reduce.ts";
import { scanSortOps } from "./scan-sort.ts";
import { softmaxNormOps } from "./softmax-norm.ts";
import { unaryOps } from "./unary.ts";

/** The cases of `ops/`. */
export const ops: AdapterTable = {
  ...unaryOps,
  ...binaryOps,
  ...reduceOps,
  ...scanSortOps,
  ...matmulOps,
  ...softmaxNormOps,
  ...lossOps,
  ...convPoolOps,
  ...indexingOps,
  ...createOps,
  ...expressionOps,
  ...recordedOps,
};
