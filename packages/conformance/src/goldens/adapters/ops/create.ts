import { arange, linspace } from "@saccade/core";
import type { AdapterTable } from "../table.ts";

/** Tensors made of numbers. */
export const createOps: AdapterTable = {
  arange({ config }) {
    const args = config.numbers("args");
    const [start, end, step = 1] = args.length === 1 ? [0, ...args] : args;
    // Integers give integers, unless one of them is not whole.
    return arange(start, end, step, { dtype: args.every(Number.isInteger) ? "i32" : "f32" });
  },
  linspace({ config }) {
    const [start, end, count] = config.numbers("args");
    return linspace(start, end, count);
  },
};
