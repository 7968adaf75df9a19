import { arange, linspace } from "@saccade/core";
import type { AdapterTable } from "../table.ts";

/** Tensors made of numbers. */
export const createOps: AdapterTable = {
  // The list says 0 for 0.0: whether integers come out is seen by what should.
  arange({ config, kindOf }) {
    const args = config.numbers("args");
    const [start, end, step = 1] = args.length === 1 ? [0, ...args] : args;
    return arange(start, end, step, { dtype: kindOf("out") === "integer" ? "i32" : "f32" });
  },
  linspace({ config }) {
    const [start, end, count] = config.numbers("args");
    return linspace(start, end, count);
  },
};
