import * as core from "@saccade/core";
import { type FunctionTable, indexAt, numberAt, operandAt, self, tensorAt } from "../call-args.ts";

/** Lookups by index. */
export const indexingFunctions: FunctionTable = {
  embedding: (args) => core.embedding(self(args), tensorAt(args, 1, "weight")),
  gather: (args) => core.gather(self(args), indexAt(args, 2), numberAt(args, 1, "dim", 0)),
  index_add: (args) =>
    core.indexAdd(self(args), indexAt(args, 2), tensorAt(args, 3, "source"), numberAt(args, 1, "dim", 0)),
  index_select: (args) => core.indexSelect(self(args), indexAt(args, 2), numberAt(args, 1, "dim", 0)),
  one_hot: (args) => core.cast(core.oneHot(self(args), numberAt(args, 1, "num_classes", 1)), "i32"),
  scatter: (args) =>
    core.scatter(self(args), indexAt(args, 2), operandAt(args, 3, "src"), numberAt(args, 1, "dim", 0)),
  scatter_add: (args) =>
    core.scatterAdd(self(args), indexAt(args, 2), tensorAt(args, 3, "src"), numberAt(args, 1, "dim", 0)),
  take: (args) => core.take(self(args), indexAt(args, 1)),
};
