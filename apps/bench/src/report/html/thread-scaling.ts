import type { Result } from "../../result.ts";
import { type Group, groupsOf } from "../groups.ts";
import { type Line, lineChart } from "./line-chart.ts";

/** A work of more configs than this has one chart of their mean. */
const apart = 2;

/** Lines over numbers of threads, for works that were measured with several. */
export function threadCharts(results: readonly Result[], colorOf: (peer: string) => string): string[] {
  const groups = groupsOf(results);
  const works = [...new Set(groups.map(({ work }) => work))];
  return works.flatMap((work) => {
    const own = groups.filter((group) => group.work === work).sort((a, b) => a.threads - b.threads);
    if (own.length < 2) return [];
    const { configs, unit } = own[0];
    const parts = configs.length > apart ? [configs] : configs.map((config) => [config]);
    return parts.map((part) => {
      const title = part.length === 1 ? part[0] : `geometric mean of ${part.length} configs`;
      const lines = [...new Set(own.flatMap(({ peers }) => peers))].map(
        (name): Line => ({ name, values: own.map((group) => meanRate(group, name, part)) }),
      );
      const places = own.map(({ threads }) => String(threads));
      return lineChart(`${work}, ${title}, over threads`, unit, places, lines, colorOf);
    });
  });
}

/** Null unless the peer did all of the configs. */
function meanRate({ results }: Group, peer: string, configs: readonly string[]): number | null {
  let sum = 0;
  for (const config of configs) {
    const rate = results.find((it) => it.peer === peer && it.config === config)?.rate ?? null;
    if (rate === null) return null;
    sum += Math.log(rate);
  }
  return Math.exp(sum / configs.length);
}
