import type { Result } from "../result.ts";
import { goodness } from "./units.ts";

/** The results of one work with one number of threads: a section of the report. */
export interface Group {
  readonly work: string;
  readonly threads: number;
  readonly unit: string;
  readonly results: readonly Result[];
  /** In the order in which they were measured. */
  readonly configs: readonly string[];
  readonly peers: readonly string[];
}

export function groupsOf(results: readonly Result[]): Group[] {
  const measured = results.filter(({ work }) => work !== "peak");
  const keys = unique(measured.map(({ work, threads }) => `${work} ${threads}`));
  return keys.map((key) => {
    const own = measured.filter(({ work, threads }) => `${work} ${threads}` === key);
    const { work, threads, unit } = own[0];
    const configs = unique(own.map(({ config }) => config));
    return { work, threads, unit, results: own, configs, peers: unique(own.map(({ peer }) => peer)) };
  });
}

/** How many times as good `ours` is as the best of `others` at a config: the geometric mean over those that both did. */
export function advantage(group: Group, ours: string, others: readonly string[]): number | null {
  const logs = group.configs.flatMap((config) => {
    const of = (peer: string): number | null =>
      goodness(
        group.results.find((it) => it.config === config && it.peer === peer) ?? { rate: null, unit: "" },
      );
    const own = of(ours);
    const rivals = others.map(of).filter((it) => it !== null);
    return own === null || rivals.length === 0 ? [] : [Math.log(own / Math.max(...rivals))];
  });
  return logs.length === 0 ? null : Math.exp(logs.reduce((a, b) => a + b) / logs.length);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
