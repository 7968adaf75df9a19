import { expect, test } from "vitest";
import type { Peer } from "../peers/peer.ts";
import { pytorch } from "../peers/pytorch.ts";
import { saccade } from "../peers/saccade.ts";
import { matmul } from "../works/matmul.ts";
import type { Work } from "../works/work.ts";
import { type Plan, runBenchmarks } from "./run-benchmarks.ts";

const tinyMatmul: Work = {
  ...matmul,
  rivals: ["pytorch", "failing", "wrong", "silent", "slow"],
  configs: [{ name: "[8,8]x[8,8]", parameters: { m: 8, k: 8, n: 8 }, amount: 1024 / 1e9 }],
};
const ours = saccade({ simd: "auto", blas: "off" });
const plan: Plan = {
  works: [tinyMatmul],
  peers: [ours],
  threads: [1],
  peakPeer: ours,
  rounds: 2,
  seconds: 0.01,
  patience: 30,
  cores: [],
};

/** A peer that answers as it is told, in JavaScript. */
function scripted(name: string, script: string): Peer {
  return { name, command: () => [process.execPath, "-e", script] };
}

test("measures the peak and ours, each in a process of its own", async () => {
  const heard: string[] = [];
  const results = await runBenchmarks({
    ...plan,
    onResult: ({ work, peer }) => heard.push(`${work} ${peer}`),
  });
  expect(results).toHaveLength(2);
  for (const result of results) {
    expect(result).toMatchObject({ peer: "saccade", threads: 1, unit: "GFLOP/s", error: null });
    expect(result.version).toMatch(/^\d+\.\d+\.\d+ \(Node \d+.*, SIMD (relaxed|baseline).*, BLAS off.*\)$/);
    expect(result.min_ms).toBeGreaterThan(0);
    expect(result.median_ms).toBeGreaterThanOrEqual(result.min_ms!);
    expect(result.rate).toBeGreaterThan(0);
  }
  expect(results[1].rate).toBeCloseTo(1024 / 1e6 / results[1].median_ms!);
  expect(heard).toEqual(["matmul saccade"]);
});

test("a peer that is not there, fails or computes something else is told, and the others go on", async () => {
  const results = await runBenchmarks({
    ...plan,
    peers: [
      ours,
      pytorch("/nowhere/python3"),
      scripted("failing", 'throw new TypeError("no such kernel")'),
      scripted("wrong", 'console.log(\'{"version":"1","check":1}\'); process.stdin.resume()'),
      scripted("silent", ""),
      scripted("slow", "setInterval(() => {}, 1000)"),
    ],
    patience: 15,
  });
  expect(results.map(({ peer, error }) => [peer, error])).toEqual([
    ["saccade", null],
    ["saccade", null],
    ["pytorch", expect.stringContaining("ENOENT")],
    ["failing", "TypeError: no such kernel"],
    ["wrong", expect.stringMatching(/^it computes something else: 1, not /)],
    ["silent", "it ended without a word"],
    ["slow", "too slow: no answer in 15 s (--patience)"],
  ]);
  expect(results[2]).toMatchObject({ median_ms: null, min_ms: null, rate: null });
});

test("who does not take part in a work is not asked; a large work has one number of threads at a time", async () => {
  const done: number[] = [];
  const results = await runBenchmarks({
    ...plan,
    works: [{ ...tinyMatmul, large: true }],
    peers: [ours, scripted("stranger", "")],
    threads: [1, 2],
    rounds: 1,
    onProgress: (progress) => done.push(progress.done),
  });
  expect(results.map(({ peer, threads }) => `${peer} ${threads}`)).toEqual([
    "saccade 1", // the peak
    "saccade 1",
    "saccade 2",
  ]);
  expect(done).toEqual([1, 2]);
});

test("a work without a backend measures ours once; checks that are texts have to be equal; other lines are no answers", async () => {
  const answers = (check: string): string =>
    `console.log("\\n  building");console.log('{"version":"1","check":"${check}"}');process.stdin.on("data",()=>console.log("[1]")).on("end",()=>process.exit())`;
  const asked = scripted("ours", answers("1 id"));
  const results = await runBenchmarks({
    ...plan,
    works: [
      {
        ...tinyMatmul,
        single: true,
        rivals: ["same", "other"],
        configs: [{ ...tinyMatmul.configs[0], unit: "ms" }],
      },
    ],
    peers: [
      { ...asked, ours: true },
      { ...asked, name: "variant", ours: true },
      scripted("same", answers("1 id")),
      scripted("other", answers("2 ids")),
    ],
    threads: [2],
    rounds: 1,
  });
  expect(
    results.slice(1).map(({ peer, threads, rate, unit, error }) => [peer, threads, rate, unit, error]),
  ).toEqual([
    ["ours", 1, 1, "ms", null],
    ["same", 1, 1, "ms", null],
    ["other", 1, null, "ms", "it computes something else: 2 ids, not 1 id"],
  ]);
});
