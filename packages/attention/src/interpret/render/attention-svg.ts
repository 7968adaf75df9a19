import { ArgumentError, type OptionNames, requireKnown } from "@saccade/core";
import type { AttentionMaps } from "../capture-attention.ts";
import { gap, type Panel, panelOf, short } from "./heat-panel.ts";
import { heatPaths } from "./heat-paths.ts";
import { heatColors, heatLevel } from "./heat-scale.ts";
import { type AttentionTokens, headMean, type MapData, readMaps } from "./map-data.ts";
import { drawPicture, margin } from "./svg-picture.ts";

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

function heatMap(map: MapData, head: number | null): { panel: Panel; weights: Float32Array } {
  const size = map.queries.length * map.keys.length;
  const weights = head === null ? headMean(map) : map.weights.subarray(head * size, (head + 1) * size);
  const name = head === null ? map.name : `${map.name} · head ${map.heads[head]}`;
  const cells = heatPaths(weights, map.keys.length);
  return { panel: panelOf(name, map.queries.map(short), map.keys.map(short), cells), weights };
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

/** Colours of the steps that are used. */
function colorsOf(levels: ReadonlySet<number>, scheme: 0 | 1): string {
  const steps = Array.from(levels, (level) => `.w${level}{fill:${heatColors(level)[scheme]}}`);
  return `${steps.join("")}.nan{fill:${["#b04d12", "#f2a866"][scheme]}}`;
}

const legendLevels = Array.from({ length: 21 }, (_, i) => heatLevel(i / 20));

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
  const drawn = read.flatMap((map) =>
    heads === "mean" ? [heatMap(map, null)] : map.heads.map((_, head) => heatMap(map, head)),
  );
  const levels = new Set(drawn.flatMap(({ weights }) => Array.from(weights, heatLevel)));
  for (const level of [0, ...legendLevels]) levels.add(level);
  const unknown = drawn.some(({ weights }) => weights.some(Number.isNaN));
  const classes = legendLevels.map((level) => `w${level}`);
  return drawPicture({
    title,
    subtitle,
    lines: arrange(
      drawn.map(({ panel }) => panel),
      maxWidth - 2 * margin,
    ),
    colors: [colorsOf(levels, 0), colorsOf(levels, 1)],
    legend: { classes, ends: ["0", "1"], unknown },
  });
}
