import { describe, expect, test } from "vitest";
import { runBenchmarks } from "../run/run-benchmarks.ts";
import { attention } from "../works/attention.ts";
import { bandwidth } from "../works/bandwidth.ts";
import { decode } from "../works/decode.ts";
import { dispatch } from "../works/dispatch.ts";
import { matmul } from "../works/matmul.ts";
import { read } from "../works/read.ts";
import { rnn } from "../works/rnn.ts";
import { step } from "../works/step.ts";
import type { Parameters, Work } from "../works/work.ts";
import { pytorch } from "./pytorch.ts";
import { saccade } from "./saccade.ts";

const interpreter = process.env.SACCADE_BENCH_PYTHON;

function tiny(work: Work, parameters: Parameters, variant?: string): Work {
  const config = { name: "tiny", parameters, amount: 1 };
  return { ...work, configs: [variant === undefined ? config : { ...config, variant }] };
}

const works = [
  tiny(matmul, { m: 3, k: 5, n: 2 }),
  tiny(attention, { heads: 2, length: 6, width: 8, causal: 1, backward: 1 }),
  tiny(dispatch, { size: 4, links: 3, backward: 1 }),
  ...(["copy", "add", "layerNorm", "rmsNorm", "softmax", "gelu", "adamw"] as const).map((op) =>
    tiny(bandwidth, { rows: 3, width: 16 }, op),
  ),
  ...["lstm", "gru"].map((variant) => tiny(rnn, { batch: 2, length: 3, width: 4, backward: 1 }, variant)),
  tiny(read, { rows: 3, width: 16 }),
  ...["prefill", "decode"].map((variant) =>
    tiny(decode, { layers: 2, heads: 2, width: 16, vocabulary: 11, context: 80, prompt: 8 }, variant),
  ),
  tiny(step, { layers: 2, heads: 2, width: 8, context: 4, batch: 2, characters: 5 }),
];

describe.skipIf(!interpreter)("PyTorch (where SACCADE_BENCH_PYTHON names an interpreter that has it)", () => {
  test("does the same works as we do", { timeout: 120_000 }, async () => {
    const ours = saccade({ simd: "auto", blas: "off" });
    const peers = [ours, pytorch(interpreter ?? "")];
    const plan = {
      works,
      peers,
      threads: [1],
      peakPeer: ours,
      rounds: 1,
      seconds: 0.01,
      patience: 60,
      cores: [],
    };
    for (const result of await runBenchmarks(plan)) {
      expect(result).toMatchObject({ threads: 1, error: null });
      expect(result.median_ms).toBeGreaterThan(0);
    }
  });
});
