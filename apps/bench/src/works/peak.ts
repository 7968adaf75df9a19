import { CpuBackend } from "@saccade/cpu-kernels";
import type { Work } from "./work.ts";

const rounds = 1e5;
/** Of one round of `peakMadd`: 24 vectors of four, a product and a sum each. */
const operations = 192;

/** Nothing but multiply-adds of 128 bits in registers: what the instruction set gives on one core. */
export const peak: Work = {
  name: "peak",
  unit: "GFLOP/s",
  rivals: [],
  configs: [{ name: "128-bit FMA", parameters: {}, amount: (rounds * operations) / 1e9 }],
  prepare(_, backend) {
    if (!(backend instanceof CpuBackend))
      throw new Error(`peak: needs the cpu backend (got ${backend.name})`);
    const { wasm } = backend.internals;
    return { call: () => void wasm.peakMadd(rounds), check: async () => operations };
  },
};
