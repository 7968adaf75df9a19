import { describe, expect, test } from "vitest";
import { runBenchmarks } from "../run/run-benchmarks.ts";
import { matmul } from "../works/matmul.ts";
import { step } from "../works/step.ts";
import type { Parameters, Work } from "../works/work.ts";
import { pytorch } from "./pytorch.ts";
import { saccade } from "./saccade.ts";

const interpreter = process.env.SACCADE_BENCH_PYTHON;

function tiny(work: Work, parameters: Parameters): Work {
  return { ...work, configs: [{ name: "tiny", parameters, amount: 1 }] };
}

const works = [
  tiny(matmul, { m: 3, k: 5, n: 2 }),
  tiny(step, { layers: 2, heads: 2, width: 8, context: 4, batch: 2, characters: 5 }),
];

describe.skipIf(!interpreter)("PyTorch (where SACCADE_BENCH_PYTHON names an interpreter that has it)", () => {
  test("does the same works as we do", async () => {
    const ours = saccade({ simd: "auto", blas: "off" });
    const peers = [ours, pytorch(interpreter ?? "")];
    const plan = { works, peers, threads: [1], peakPeer: ours, rounds: 1, seconds: 0.01, cores: [] };
    for (const result of await runBenchmarks(plan)) {
      expect(result).toMatchObject({ threads: 1, error: null });
      expect(result.median_ms).toBeGreaterThan(0);
    }
  });
});
