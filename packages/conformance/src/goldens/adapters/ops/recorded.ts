import * as core from "@saccade/core";
import type { AdapterTable } from "../table.ts";

/** Cases that were recorded as more than their `op` says, by group and op. */
export const recordedOps: AdapterTable = {
  // What has no gradient was recorded with something that has one.
  "ops_subgrad/sign": ({ inputs: [x] }) => core.mul(core.sign(x), x),
  "ops_subgrad/round": ({ inputs: [x] }) => core.add(core.round(x), x),
  "ops_subgrad/floor": ({ inputs: [x] }) => core.add(core.floor(x), x),
  "ops_subgrad/ceil": ({ inputs: [x] }) => core.add(core.ceil(x), x),
  "ops_subgrad/trunc": ({ inputs: [x] }) => core.add(core.trunc(x), x),
  // Moved, so that no factor is 0.
  "ops_intbool/prod": ({ inputs: [x] }) => core.prod(core.add(x, 20)),
};
