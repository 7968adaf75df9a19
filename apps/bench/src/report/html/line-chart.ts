import { digits } from "../units.ts";
import { escapeHtml } from "./escape.ts";

/** One curve: a value, or none, at each place. */
export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

const size = { width: 520, height: 300 };
const plot = { left: 56, top: 12, right: 392, bottom: 264 };
const labelHeight = 15;

/** Curves over sizes that double: a logarithmic scale on both axes. */
export function lineChart(
  title: string,
  unit: string,
  places: readonly string[],
  lines: readonly Line[],
  colorOf: (name: string) => string,
): string {
  const all = lines.flatMap(({ values }) => values.filter((it) => it !== null));
  if (all.length === 0) return "";
  const [low, high] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))];
  const x = (i: number): number =>
    plot.left + ((plot.right - plot.left) * i) / Math.max(1, places.length - 1);
  const y = (value: number): number =>
    plot.bottom - ((plot.bottom - plot.top) * (Math.log10(value) - low)) / Math.max(1, high - low);
  const grid = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).map(
    (value) =>
      `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(value)}" y2="${y(value)}"/><text class="tick" x="${plot.left - 6}" y="${y(value) + 4}" text-anchor="end">${tick(value)}</text>`,
  );
  const ticks = places.map(
    (place, i) =>
      `<text class="tick" x="${x(i)}" y="${plot.bottom + 18}" text-anchor="middle">${escapeHtml(place)}</text>`,
  );
  const drawn = lines.filter(({ values }) => values.some((it) => it !== null));
  const curves = drawn.map(({ name, values }) => {
    const points = values.flatMap((value, i) => (value === null ? [] : [[x(i), y(value), value]]));
    const path = points
      .map(([px, py], i) => `${i === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`)
      .join("");
    const dots = points.map(
      ([px, py, value]) =>
        `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${colorOf(name)}"><title>${escapeHtml(name)}: ${digits(value)} ${escapeHtml(unit)}</title></circle>`,
    );
    return `<path d="${path}" stroke="${colorOf(name)}"/>${dots.join("")}`;
  });
  const ends = drawn.map(({ name, values }) => ({ name, at: y(values.findLast((it) => it !== null)!) }));
  const names = spreadOut(ends).map(
    ({ name, at }) =>
      `<text class="line-name" x="${plot.right + 10}" y="${(at + 4).toFixed(1)}" fill="${colorOf(name)}">${escapeHtml(name)}</text>`,
  );
  return `<figure class="lines"><figcaption>${escapeHtml(title)} <small>${escapeHtml(unit)}, logarithmic</small></figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(title)}">${[...grid, ...ticks, ...curves, ...names].join("")}</svg></figure>`;
}

function tick(value: number): string {
  return value >= 1 ? String(value) : String(Number(value.toPrecision(1)));
}

/** Moves labels apart that would cover each other, within the plot. */
function spreadOut(labels: readonly { name: string; at: number }[]): { name: string; at: number }[] {
  const sorted = labels.map((it) => ({ ...it })).sort((a, b) => a.at - b.at);
  for (let i = 1; i < sorted.length; i++) {
    sorted[i].at = Math.max(sorted[i].at, sorted[i - 1].at + labelHeight);
  }
  let limit = plot.bottom;
  for (const label of sorted.reverse()) {
    label.at = Math.min(label.at, limit);
    limit = label.at - labelHeight;
  }
  return sorted;
}
