import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";

const program = fileURLToPath(new URL("../../python/serve.py", import.meta.url));

/** Whether an interpreter is there and has torch. */
export function hasTorch(interpreter: string): boolean {
  return spawnSync(interpreter, ["-c", "import torch"]).status === 0;
}

/** PyTorch on its CPU, by a Python interpreter that has it. */
export function pytorch(interpreter: string): Peer {
  return {
    name: "pytorch",
    // -B: no __pycache__ among the sources
    command: (job) => [interpreter, "-B", program, JSON.stringify(job)],
    environment({ threads }) {
      const count = String(threads);
      return { OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count };
    },
  };
}
