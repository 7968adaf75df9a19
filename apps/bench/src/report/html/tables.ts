import type { Result } from "../../result.ts";
import { advantage, type Group } from "../groups.ts";
import { shareOfLimit } from "../limits.ts";
import { digits } from "../units.ts";
import { escapeHtml } from "./escape.ts";

/** Ours against the best of JavaScript and against PyTorch, a row a section. */
export function glanceTable(groups: readonly Group[]): string {
  const rows = groups.map((group) => {
    const javascript = group.peers.filter((it) =>
      /^(tfjs|jax|onnxruntime-web|gpt-tokenizer|tiktoken|js-tiktoken|@huggingface)/.test(it),
    );
    const rivals = [javascript, ["onnxruntime-node"], ["pytorch"]];
    const cells = ["saccade", "saccade-blas"].flatMap((ours) =>
      rivals.map((others) => `<td>${times(advantage(group, ours, others))}</td>`),
    );
    return `<tr><th class="word">${escapeHtml(group.work)}</th><td>${group.threads}</td>${cells.join("")}</tr>`;
  });
  const against = "<th>best in JavaScript or WASM</th><th>onnxruntime-node</th><th>PyTorch</th>";
  return `<div class="card scroll"><table><thead>
<tr><th></th><th></th><th colspan="3">saccade against</th><th colspan="3">saccade-blas against</th></tr>
<tr><th class="word">work</th><th>threads</th>${against}${against}</tr></thead>
<tbody>${rows.join("")}</tbody></table></div>`;
}

function times(value: number | null): string {
  return value === null ? "–" : `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}×`;
}

/** Every figure of a section; `all` holds what limits are told by. */
export function resultTable(results: readonly Result[], all: readonly Result[]): string {
  const names = ["median ms", "min ms", "spread", "rate", "of limit", "peak MiB"];
  const heads = names.map((it) => `<th>${it}</th>`).join("");
  return `<details><summary>All figures</summary><div class="scroll"><table><thead>
<tr><th class="word">config</th><th class="word">peer</th>${heads}</tr></thead>
<tbody>${results.map((result) => row(result, all)).join("")}</tbody></table></div></details>`;
}

function row(result: Result, all: readonly Result[]): string {
  const { config, peer, median_ms, min_ms, spread, rate, unit, peak_bytes, error } = result;
  const head = `<td class="word">${escapeHtml(config)}</td><td class="word">${escapeHtml(peer)}</td>`;
  if (error !== null) return `<tr>${head}<td colspan="6" class="why">${escapeHtml(error)}</td></tr>`;
  const number = (value: number | null): string => (value === null ? "–" : digits(value));
  const cells = [
    number(median_ms),
    number(min_ms),
    percent(spread),
    `${number(rate)} ${escapeHtml(unit)}`,
    percent(shareOfLimit(result, all)),
    peak_bytes === null ? "–" : (peak_bytes / 2 ** 20).toFixed(1),
  ];
  return `<tr>${head}${cells.map((it) => `<td>${it}</td>`).join("")}</tr>`;
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(0)} %`;
}
