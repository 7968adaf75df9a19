import { ArgumentError, type OptionNames, requireKnown } from "@saccade/core";
import type { AttentionMaps } from "../capture-attention.ts";
import { heatPaths } from "./heat-paths.ts";
import { heatColors, heatLevel } from "./heat-scale.ts";
import { escapeHtml, visibleToken } from "./html.ts";
import { type AttentionTokens, headMean, type MapData, readMaps } from "./map-data.ts";

/** Of `attentionSvg`. */
export interface AttentionSvgOptions {
  /** Default "Attention". */
  readonly title?: string;
  /** A sentence below the title. */
  readonly subtitle?: string;
  /** Which batch item. Default 0. */
  readonly item?: number;
  /** One heat map for each map, the mean of its heads, or one for each head. Default "mean". */
  readonly heads?: "mean" | "each";
  /** Most pixels in a row of heat maps; one that is wider stands alone. Default 880. */
  readonly maxWidth?: number;
}

const optionNames: OptionNames<AttentionSvgOptions> = {
  title: true,
  subtitle: true,
  item: true,
  heads: true,
  maxWidth: true,
};

/** Pixels. */
const margin = 26;
const cell = 22;
const gap = 30;
const letter = 8.4; // of a 14 px monospaced font
const headerHeight = { title: 34, subtitle: 24 };
const nameHeight = 26;
const legendHeight = 34;

interface Panel {
  readonly name: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly weights: Float32Array;
  /** Of the labels on the left and above. */
  readonly left: number;
  readonly top: number;
  /** Labels of the columns stand upright where they are single characters. */
  readonly upright: boolean;
  readonly width: number;
  readonly height: number;
}

/** Columns of a monospaced font that a text takes: East Asian characters take two. */
const columnsOf = (text: string): number =>
  Array.from(text).reduce(
    (n, character) =>
      n +
      (/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFF00-\uFF60]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  );

function short(token: string): string {
  const text = visibleToken(token);
  const characters = Array.from(text);
  return characters.length > 14 ? `${characters.slice(0, 13).join("")}…` : text;
}

function panelOf(map: MapData, head: number | null): Panel {
  const [rows, columns] = [map.queries.map(short), map.keys.map(short)];
  const size = rows.length * columns.length;
  const longest = (texts: readonly string[]): number =>
    texts.reduce((n, text) => Math.max(n, columnsOf(text)), 0);
  const upright = longest(columns) <= 2;
  const left = longest(rows) * letter + 10;
  const top = nameHeight + (upright ? 22 : longest(columns) * letter + 10);
  const name = head === null ? map.name : `${map.name} · head ${map.heads[head]}`;
  return {
    name,
    rows,
    columns,
    weights: head === null ? headMean(map) : map.weights.subarray(head * size, (head + 1) * size),
    left,
    top,
    upright,
    width: Math.max(left + columns.length * cell, columnsOf(name) * letter),
    height: top + rows.length * cell,
  };
}

/** Panels in rows, as many side by side as have room. */
function arrange(panels: readonly Panel[], room: number): Panel[][] {
  const rows: Panel[][] = [];
  let taken = Number.POSITIVE_INFINITY;
  for (const panel of panels) {
    if (taken + gap + panel.width > room) {
      rows.push([]);
      taken = -gap;
    }
    rows[rows.length - 1].push(panel);
    taken += gap + panel.width;
  }
  return rows;
}

function drawPanel(panel: Panel, x: number, y: number): string {
  const { rows, columns, left, top, upright } = panel;
  const [width, height] = [columns.length, rows.length];
  const at = (i: number): number => round(cell * (i + 0.5));
  const rowLabels = rows.map(
    (text, i) => `<text class="row" x="${round(left - 8)}" y="${at(i) + top}">${escapeHtml(text)}</text>`,
  );
  const columnLabels = columns.map((text, j) => {
    const [cx, cy] = [round(left + cell * (j + 0.5)), top - (upright ? 11 : 8)];
    const place = upright
      ? `class="column" x="${cx}" y="${cy}"`
      : `transform="translate(${cx} ${cy}) rotate(-90)"`;
    return `<text ${place}>${escapeHtml(text)}</text>`;
  });
  const down = Array.from({ length: width - 1 }, (_, j) => `M${j + 1} 0v${height}`).join("");
  const across = Array.from({ length: height - 1 }, (_, i) => `M0 ${i + 1}h${width}`).join("");
  return `<g transform="translate(${round(x)} ${round(y)})"><text class="name" x="${round(left)}" y="12">${escapeHtml(panel.name)}</text>
${rowLabels.join("")}${columnLabels.join("")}
<g transform="translate(${round(left)} ${round(top)}) scale(${cell})"><rect class="w0" width="${width}" height="${height}"/>${heatPaths(panel.weights, width)}<path class="grid" d="${down}${across}"/></g></g>`;
}

const round = (x: number): number => Math.round(10 * x) / 10;

/** Style, with the colours of the steps that are used. */
function style(levels: ReadonlySet<number>): string {
  const steps = (scheme: 0 | 1): string =>
    Array.from(levels, (level) => `.w${level}{fill:${heatColors(level)[scheme]}}`).join("");
  const plain = (page: string, ink: string, soft: string, warm: string): string =>
    `.page{fill:${page}}.grid{stroke:${page}}text{fill:${ink}}.soft{fill:${soft}}.nan{fill:${warm}}`;
  return (
    `text{font:14px ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;dominant-baseline:central}` +
    `.title,.soft,.name{font-family:system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif;dominant-baseline:auto}` +
    `.title{font-size:20px;font-weight:650}.soft{font-size:13.5px}.name{font-size:14px;font-weight:600}` +
    `.row{text-anchor:end}.column{text-anchor:middle}.grid{fill:none;stroke-width:.07}` +
    `${plain("#ffffff", "#1b232e", "#596270", "#b04d12")}${steps(0)}` +
    `@media(prefers-color-scheme:dark){${plain("#12161c", "#e9ebee", "#a0a9b6", "#f2a866")}${steps(1)}}`
  );
}

/**
 * A picture of maps: heat maps side by side with their tokens, in one SVG that stands alone, for documents and papers. It
 * has no scripts and loads nothing; light or dark as the reader has it.
 *
 * @param maps  of `captureAttention`; those of several calls may be put together under names of your own
 * @param tokens  their names; see `AttentionTokens`
 * @returns SVG, UTF-8: about 5 kB, and up to 15 bytes for each weight
 * @throws ArgumentError as `renderAttention`; for `maxWidth` that is no positive number
 * @example
 * const { maps } = captureAttention(() => attention(q, k, v, { causal: true }));
 * const tokens = ["the", " old", " man", " the", " boats", ".", "\n", "<b>"];
 * const svg = await attentionSvg(maps, tokens, { heads: "each" });
 * svg.startsWith("<svg "); // => true
 * svg.includes("<b>"); // => false
 */
export async function attentionSvg(
  maps: AttentionMaps,
  tokens: AttentionTokens,
  options: AttentionSvgOptions = {},
): Promise<string> {
  requireKnown("attentionSvg", options, optionNames);
  const { title = "Attention", subtitle, item = 0, heads = "mean", maxWidth = 880 } = options;
  if (heads !== "mean" && heads !== "each") {
    throw new ArgumentError(`attentionSvg: heads must be "mean" or "each" (got ${String(heads)})`);
  }
  if (!(maxWidth > 0)) throw new ArgumentError(`attentionSvg: maxWidth must be positive (got ${maxWidth})`);
  const read = await readMaps("attentionSvg", maps, tokens, item);
  const panels = read.flatMap((map) =>
    heads === "mean" ? [panelOf(map, null)] : map.heads.map((_, head) => panelOf(map, head)),
  );
  const lines = arrange(panels, maxWidth - 2 * margin);
  const widths = lines.map((line) => line.reduce((sum, { width }) => sum + gap + width, -gap));
  const headings = [columnsOf(title) * 11, columnsOf(subtitle ?? "") * 6.9, 200];
  const width = Math.ceil(Math.max(...widths, ...headings) + 2 * margin);
  const parts = [`<text class="title" x="${margin}" y="${margin + 16}">${escapeHtml(title)}</text>`];
  let y = margin + headerHeight.title;
  if (subtitle) {
    parts.push(`<text class="soft" x="${margin}" y="${y + 8}">${escapeHtml(subtitle)}</text>`);
    y += headerHeight.subtitle;
  }
  for (const line of lines) {
    let x = margin;
    for (const panel of line) {
      parts.push(drawPanel(panel, x, y + 10));
      x += panel.width + gap;
    }
    y += Math.max(...line.map(({ height }) => height)) + gap;
  }
  const unknown = panels.some(({ weights }) => weights.some(Number.isNaN));
  parts.push(legend(margin, y, unknown));
  const height = Math.ceil(y + legendHeight);
  const levels = new Set(panels.flatMap(({ weights }) => Array.from(weights, heatLevel)));
  for (const level of legendLevels) levels.add(level);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escapeHtml(subtitle ? `${title}. ${subtitle}` : title)}</title>
<style>${style(levels)}</style>
<rect class="page" width="${width}" height="${height}" rx="12"/>
${parts.join("\n")}
</svg>
`;
}

const legendLevels = Array.from({ length: 21 }, (_, i) => heatLevel(i / 20));

function legend(x: number, y: number, unknown: boolean): string {
  const steps = legendLevels.map(
    (level, i) => `<rect class="w${level}" x="${x + 16 + 8 * i}" y="${y}" width="8.2" height="11"/>`,
  );
  const end = x + 16 + 8 * legendLevels.length;
  const nan = unknown
    ? `<rect class="nan" x="${end + 34}" y="${y}" width="11" height="11"/><text class="soft" x="${end + 51}" y="${y + 10}">NaN</text>`
    : "";
  return `<text class="soft" x="${x}" y="${y + 10}">0</text><g shape-rendering="crispEdges">${steps.join("")}</g><text class="soft" x="${end + 7}" y="${y + 10}">1</text>${nan}`;
}
