import type { Result } from "../result.ts";
import { type Group, groupsOf } from "./groups.ts";
import { shareOfLimit } from "./limits.ts";
import { formatMachine, type Machine } from "./machine.ts";
import { digits } from "./units.ts";

/** A file that `--json` wrote. */
export interface Report {
  readonly machine: Machine;
  readonly results: readonly Result[];
}

/**
 * Replaces what stands between `<!-- figures: NAME -->` and `<!-- end -->` by the figures of a report: those of the work
 * NAME, or for `machine` where they come from.
 *
 * @throws Error for a name without figures, or a mark without an end
 */
export function placeFigures(markdown: string, report: Report): string {
  const marks = markdown.match(/<!-- figures: /g)?.length ?? 0;
  let placed = 0;
  const text = markdown.replace(
    /(<!-- figures: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      placed++;
      return `${begin}${figures(name, report)}\n${end}`;
    },
  );
  if (placed !== marks) throw new Error(`figures: ${marks} begin and ${placed} of them end`);
  return text;
}

function figures(name: string, { machine, results }: Report): string {
  if (name === "machine") return origin(machine, results);
  const groups = groupsOf(results).filter(({ work }) => work === name);
  if (groups.length === 0) throw new Error(`figures: the report has none of the work "${name}"`);
  return groups.map((group) => workTable(group, results)).join("\n\n");
}

/** Machine, commit, peak, and the versions of all peers. */
function origin(machine: Machine, results: readonly Result[]): string {
  const versions = new Map(results.filter((it) => it.version !== "").map((it) => [it.peer, it.version]));
  const peak = results.find(({ work, rate }) => work === "peak" && rate !== null);
  return [
    `${formatMachine(machine)}. ${machine.date.slice(0, 10)}, commit ${machine.commit}.`,
    ...(peak ? [`128-bit multiply-adds on one core: ${digits(peak.rate!)} ${peak.unit}.`] : []),
    "",
    "| Peer | Version |",
    "|---|---|",
    ...Array.from(versions, ([peer, version]) => `| ${peer} | ${cell(version)} |`),
  ].join("\n");
}

/** A row per config, a column per peer; why a peer has no figure stands below, once. */
function workTable(group: Group, all: readonly Result[]): string {
  const { configs, peers, results } = group;
  const reasons: string[] = [];
  const rows = configs.map((config) => {
    const cells = peers.map((peer) => {
      const result = results.find((it) => it.config === config && it.peer === peer);
      return result === undefined ? "" : resultCell(result, all, reasons);
    });
    return `| ${cell(config)} | ${cells.join(" | ")} |`;
  });
  const units = [...new Set(results.map(({ unit }) => unit))];
  const threads = `${group.threads} thread${group.threads === 1 ? "" : "s"}`;
  const table = [
    `| ${units.length === 1 ? units[0] : ""}, ${threads} | ${peers.join(" | ")} |`.replace("| , ", "| "),
    `|---|${"---:|".repeat(peers.length)}`,
    ...rows,
  ];
  const notes = reasons.map((reason, i) => `${i + 1}. ${reason}`);
  return [...table, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

/** With the share of the limit: of ours, and where reading weights is the limit of all. */
function resultCell(result: Result, all: readonly Result[], reasons: string[]): string {
  const { peer, rate, error, read_bytes } = result;
  if (rate === null) {
    const reason = cell(`${peer}: ${error}`);
    if (!reasons.includes(reason)) reasons.push(reason);
    return `(${reasons.indexOf(reason) + 1})`;
  }
  const told = peer.startsWith("saccade") || read_bytes !== null;
  const share = told ? shareOfLimit(result, all) : null;
  return share === null ? digits(rate) : `${digits(rate)} (${(100 * share).toFixed(0)} %)`;
}

/** Text that stays within its cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
