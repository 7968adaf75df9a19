import type { FunctionTable } from "../call-args.ts";
import { creationFunctions } from "./create.ts";
import { elementwiseFunctions } from "./elementwise.ts";
import { indexingFunctions } from "./indexing.ts";
import { productFunctions } from "./products.ts";
import { reduceFunctions } from "./reduce.ts";
import { shapeFunctions } from "./shape.ts";

/** PyTorch's functions and methods by name, as far as expressions of cases use them. */
export const functions: FunctionTable = {
  ...elementwiseFunctions,
  ...reduceFunctions,
  ...shapeFunctions,
  ...productFunctions,
  ...indexingFunctions,
  ...creationFunctions,
};

/** Other names for the same. */
export const aliases: Readonly<Record<string, string>> = {
  absolute: "abs",
  bmm: "matmul",
  clip: "clamp",
  concat: "cat",
  concatenate: "cat",
  divide: "div",
  dot: "matmul",
  mm: "matmul",
  moveaxis: "movedim",
  multiply: "mul",
  mv: "matmul",
  subtract: "sub",
  swapaxes: "transpose",
  swapdims: "transpose",
  negative: "neg",
  view: "reshape",
  view_as: "reshape_as",
};
