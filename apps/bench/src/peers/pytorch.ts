import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";

const program = fileURLToPath(new URL("../../python/serve.py", import.meta.url));

/** Whether an interpreter is there and has torch. */
export function hasTorch(interpreter: string): boolean {
  return spawnSync(interpreter, ["-c", "import torch"]).status === 0;
}

/** Where PyTorch computes. */
export type TorchDevice = "cpu" | "cuda";

/** Whether the interpreter's torch finds an NVIDIA GPU. */
export function hasCuda(interpreter: string): boolean {
  const question = "import sys, torch; sys.exit(not torch.cuda.is_available())";
  return spawnSync(interpreter, ["-c", question]).status === 0;
}

/** PyTorch, by a Python interpreter that has it. */
export function pytorch(interpreter: string, device: TorchDevice = "cpu"): Peer {
  return {
    name: device === "cpu" ? "pytorch" : `pytorch-${device}`,
    // -B: no __pycache__ among the sources
    command: (job) => [interpreter, "-B", program, JSON.stringify({ ...job, device })],
    environment({ threads }) {
      const count = String(threads);
      return { OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count };
    },
  };
}
