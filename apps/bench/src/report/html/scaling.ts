import type { Group } from "../groups.ts";
import { type Line, lineChart } from "./line-chart.ts";

/** A family of configs that differ in one number. */
interface Family {
  readonly title: string;
  /** The number, where a config belongs to the family. */
  placeOf(config: string): string | undefined;
}

const families: Readonly<Record<string, readonly Family[]>> = {
  matmul: [{ title: "n x n", placeOf: (config) => /^\[(\d+),\1\]x\[\1,\1\]$/.exec(config)?.[1] }],
  attention: ["", " causal", " fwd+bwd", " causal fwd+bwd"].map((kind) => ({
    title: `T${kind}`,
    placeOf: (config) => new RegExp(`^T (\\d+)${kind.replace("+", "\\+")}$`).exec(config)?.[1],
  })),
};

/** Lines over sizes, for the works that have sizes. */
export function scalingCharts(group: Group, colorOf: (peer: string) => string): string[] {
  return (families[group.work] ?? []).flatMap(({ title, placeOf }) => {
    const configs = group.configs
      .filter((config) => placeOf(config) !== undefined)
      .sort((a, b) => Number(placeOf(a)) - Number(placeOf(b)));
    if (configs.length < 2) return [];
    const lines = group.peers.map((name): Line => {
      const rateAt = (config: string): number | null =>
        group.results.find((it) => it.peer === name && it.config === config)?.rate ?? null;
      return { name, values: configs.map(rateAt) };
    });
    const places = configs.map((config) => placeOf(config) ?? "");
    return [lineChart(`${group.work}, ${title}`, group.unit, places, lines, colorOf)];
  });
}
