import { readFileSync } from "node:fs";
import type { Result } from "../../result.ts";
import { type Group, groupsOf } from "../groups.ts";
import { formatMachine, type Machine } from "../machine.ts";
import { lessIsBetter } from "../units.ts";
import { barChart } from "./bar-chart.ts";
import { escapeHtml } from "./escape.ts";
import { scalingCharts } from "./scaling.ts";
import { glanceTable, resultTable } from "./tables.ts";
import { threadCharts } from "./thread-scaling.ts";

/** What a work measures, in words for readers of the report. */
const words: Readonly<Record<string, string>> = {
  matmul: "A product of f32 matrices into a new matrix.",
  attention:
    "Softmax attention, batch 1, 8 heads of width 64, over T tokens; forward, or forward and backward. Half of a causal one is counted.",
  bandwidth: "Ops on 64 MiB operands: bytes that have to be read and written, per second.",
  step: "One training step of a small GPT: loss, gradients, AdamW.",
  read: "A sum over 512 MiB: how fast memory is read, which bounds decoding.",
  decode:
    "GPT-2 124M with random weights, f32, batch 1: a prompt of 128 tokens at once; then token by token behind it, with a cache of keys and values.",
  dispatch:
    "Chains of 25 times matmul, mul, add, relu on 8 x 8 matrices: what surrounds a kernel. ONNX Runtime has the chain as one graph, and runs it without returning to JavaScript.",
  startup: "From import to the first product, each time in a new process.",
  tokenizers:
    "Byte-pair encoding of a text of half a megabyte in one call, with warm caches: ids, or names and offsets of all tokens as well; opening a tokenizer.json of 50,000 merges; training.",
  size: "What a page has to load.",
};
const colors = 12;

/** The whole report as one page that loads nothing. */
export function reportHtml(machine: Machine, results: readonly Result[]): string {
  const groups = groupsOf(results);
  const peers = [...new Set(groups.flatMap((group) => group.peers))];
  const colorOf = (peer: string): string => `var(--peer-${peers.indexOf(peer) % colors})`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Saccade benchmarks</title>
<style>${readFileSync(new URL("./page.css", import.meta.url), "utf8")}</style>
</head>
<body>
<header><h1>Saccade benchmarks</h1>
<p>${escapeHtml(formatMachine(machine))}</p>
<p>${escapeHtml(machine.date.slice(0, 16).replace("T", " "))} UTC, commit ${escapeHtml(machine.commit)}. Peers took turns; figures are medians.</p></header>
<h2>At a glance</h2>
<p>How many times as fast as (or, for size, as small as) the peer: the geometric mean over all that both did.</p>
${glanceTable(groups)}
${overThreads(results, colorOf)}
${groups.map((group) => section(group, results, colorOf)).join("\n")}
${versions(results)}
</body>
</html>
`;
}

/** Nothing where there is one number of threads. */
function overThreads(results: readonly Result[], colorOf: (peer: string) => string): string {
  const charts = threadCharts(results, colorOf);
  return charts.length === 0
    ? ""
    : `<section><h2>Over threads</h2><div class="charts">${charts.join("\n")}</div></section>`;
}

function section(group: Group, all: readonly Result[], colorOf: (peer: string) => string): string {
  const { work, threads, unit, configs, results } = group;
  const bars = configs.map((config) =>
    barChart(
      results.filter((it) => it.config === config),
      colorOf,
    ),
  );
  const better = lessIsBetter(unit) ? "Less is better." : "More is better.";
  const title = work === "size" ? work : `${work}, ${threads} thread${threads === 1 ? "" : "s"}`;
  return `<section><h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(words[work] ?? "")} ${better}</p>
<div class="charts">${[...scalingCharts(group, colorOf), ...bars].join("\n")}</div>
${resultTable(results, all)}</section>`;
}

function versions(results: readonly Result[]): string {
  const all = new Map(results.filter((it) => it.version !== "").map((it) => [it.peer, it.version]));
  const peak = results.find(({ work, rate }) => work === "peak" && rate !== null);
  const rows = Array.from(all, ([peer, version]) => [peer, version]);
  if (peak) rows.push(["peak", `${peak.rate?.toFixed(1)} ${peak.unit}, ${peak.config}, one core, same run`]);
  const list = rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<section><h2>Versions</h2><dl>${list.join("")}</dl></section>`;
}
