import type { Tensor, ValuesAndIndices } from "@saccade/core";
import * as core from "@saccade/core";
import { type Forward, reading } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { axisOf } from "./axes.ts";
import { pair } from "./reduce.ts";

const scan =
  (fn: (x: Tensor, axis: number) => Tensor): Forward =>
  (call) =>
    fn(call.inputs[0], axisOf(call));
const running =
  (fn: (x: Tensor, axis: number) => ValuesAndIndices): Forward =>
  (call) =>
    pair(fn(call.inputs[0], axisOf(call)));

/** Running sums and orders. */
export const scanSortOps: AdapterTable = {
  argsort: (call) =>
    core.argsort(call.inputs[0], axisOf(call), { descending: call.config.boolean("descending", false) }),
  cummax: running(core.cummax),
  cummin: running(core.cummin),
  cumprod: scan(core.cumprod),
  cumsum: scan(core.cumsum),
  logcumsumexp: scan(core.logcumsumexp),
  sort: (call) =>
    pair(core.sort(call.inputs[0], axisOf(call), { descending: call.config.boolean("descending", false) })),
  topk: (call) =>
    pair(
      core.topK(call.inputs[0], call.config.number("k"), axisOf(call), {
        largest: call.config.boolean("largest", true),
      }),
    ),
  unique: reading(async ({ inputs: [x] }) => ({ ...(await core.unique(x)) })),
};
