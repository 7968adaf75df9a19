import { runProgram } from "../../expressions/program.ts";
import type { Forward } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";

/** Computes `config.expr`. */
export const expression: Forward = ({ named, config, outputs }) =>
  runProgram(config.string("expr"), named, outputs);

/** Computes `config.expr` where the case has one; otherwise the op. */
export const expressionOr =
  (otherwise: Forward): Forward =>
  (call) =>
    call.config.has("expr") ? expression(call) : otherwise(call);

/** Cases that are formulas. */
export const expressionOps: AdapterTable = {
  expr: expression,
  view: expression,
  slice: expression,
  index: expression,
};
