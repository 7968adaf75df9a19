import { nonzero } from "@saccade/core";
import { positionsOf } from "../../expressions/index-value.ts";
import { runProgram } from "../../expressions/program.ts";
import type { Forward, PreparedAdapter } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";

/** Computes `config.expr`. */
export const expression: Forward = ({ named, config, outputs }) =>
  runProgram(config.string("expr"), named, outputs);

/** Computes `config.expr` where the case has one; otherwise the op. */
export const expressionOr =
  (otherwise: Forward): Forward =>
  (call) =>
    call.config.has("expr") ? expression(call) : otherwise(call);

/** Where masks among the inputs are set must be known before anything is recorded: `x[m]` asks for it. */
const masked: PreparedAdapter = {
  async prepare({ named }) {
    const masks = Object.entries(named).filter(([, { dtype }]) => dtype === "u8");
    const found = masks.map(async ([name, mask]) => [positionsOf(name), await nonzero(mask)] as const);
    return Object.fromEntries(await Promise.all(found));
  },
  forward: ({ named, config, outputs }, positions) =>
    runProgram(config.string("expr"), { ...named, ...positions }, outputs),
};

/** Cases that are formulas. */
export const expressionOps: AdapterTable = { expr: masked, view: masked, slice: masked, index: masked };
