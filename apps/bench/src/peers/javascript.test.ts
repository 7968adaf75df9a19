import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runBenchmarks } from "../run/run-benchmarks.ts";
import { attention } from "../works/attention.ts";
import { bandwidth } from "../works/bandwidth.ts";
import { decode } from "../works/decode.ts";
import { dispatch } from "../works/dispatch.ts";
import { matmul } from "../works/matmul.ts";
import { step } from "../works/step.ts";
import { tokenizersOf } from "../works/tokenizers.ts";
import type { Parameters, Work } from "../works/work.ts";
import { type HostName, hostNames } from "./hosts.ts";
import { javascriptPeer } from "./in-node.ts";
import { peersFolder } from "./installed.ts";
import { saccade } from "./saccade.ts";

function tiny(
  work: Work,
  parameters: Parameters,
  variants: readonly (string | undefined)[] = [undefined],
): Work {
  const configs = variants.map((variant) => ({
    name: variant ?? "tiny",
    parameters,
    amount: 1,
    ...(variant !== undefined && { variant }),
  }));
  return { ...work, configs };
}

/** What its own tests say: enough words for a few thousand ids. */
const text = fileURLToPath(import.meta.url);
const sizes = { heads: 2, length: 6, width: 8 };
const works = [
  tiny(matmul, { m: 3, k: 5, n: 2 }),
  tiny(attention, { ...sizes, causal: 0, backward: 0 }),
  tiny(attention, { ...sizes, causal: 1, backward: 0 }),
  tiny(attention, { ...sizes, causal: 1, backward: 1 }),
  tiny(attention, { ...sizes, length: 130, causal: 1, backward: 1 }),
  tiny(bandwidth, { rows: 3, width: 16 }, [
    "copy",
    "add",
    "layerNorm",
    "rmsNorm",
    "softmax",
    "gelu",
    "adamw",
  ]),
  tiny(dispatch, { size: 4, links: 3, backward: 1 }),
  tiny(decode, { layers: 2, heads: 2, width: 16, vocabulary: 11, context: 80, prompt: 8 }, [
    "prefill",
    "decode",
  ]),
  tokenizersOf(text),
  tiny(step, { layers: 2, heads: 2, width: 8, context: 4, batch: 2, characters: 5 }),
];
const withoutMore = /ids alone|no tokenizer\.json|trains nothing/;
/** What they cannot do. */
const unable: Partial<Record<HostName, RegExp>> = {
  "jax-js": /cannot copy/,
  "gpt-tokenizer": withoutMore,
  tiktoken: withoutMore,
  "js-tiktoken": withoutMore,
  "@huggingface/tokenizers": /no offsets|trains nothing/,
  "onnxruntime-node": /no gradients|no optimizers/,
  "onnxruntime-web": /no gradients|no optimizers/,
};
const ours = saccade({ simd: "auto", blas: "off" });

test.skipIf(existsSync(peersFolder))("a peer that is not installed says how it is", async () => {
  const peers = [javascriptPeer("jax-js")];
  const plan = { works: works.slice(0, 1), peers, threads: [1], peakPeer: ours, patience: 60, cores: [] };
  const results = await runBenchmarks({ ...plan, rounds: 1, seconds: 0.01 });
  expect(results[1].error).toContain("not installed: npm --prefix apps/bench run bench:peers");
});

describe.skipIf(process.env.SACCADE_BENCH_PEERS !== "1")(
  "JavaScript's peers (where they are installed, and SACCADE_BENCH_PEERS is 1: it takes minutes)",
  () => {
    test.each(hostNames)("%s does the same works as we do", { timeout: 120_000 }, async (name) => {
      const plan = {
        works: works.filter(({ rivals }) => rivals.includes(name)),
        peers: [ours, javascriptPeer(name)],
        threads: [1],
        peakPeer: ours,
        patience: 60,
        cores: [],
      };
      for (const { work, config, peer, error } of await runBenchmarks({
        ...plan,
        rounds: 1,
        seconds: 0.01,
      })) {
        if (error === null) continue;
        expect(`${work} ${config} ${peer}: ${error}`).toMatch(peer === name ? (unable[name] ?? /^$/) : /^$/);
      }
    });
  },
);
