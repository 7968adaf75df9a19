import { type OptionNames, requireKnown } from "@saccade/core";
import type { AttentionMaps } from "../capture-attention.ts";
import { heatPaths, pooled } from "./heat-paths.ts";
import { heatExponent, heatLevels, heatStyles, weightBytes } from "./heat-scale.ts";
import { escapeHtml, scriptJson, visibleToken } from "./html.ts";
import { headingOf, heatLegend, htmlPage } from "./html-page.ts";
import { type AttentionTokens, headMean, type MapData, readMaps } from "./map-data.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";

/** Of `renderAttention`. */
export interface RenderOptions {
  /** Default "Attention". */
  readonly title?: string;
  /** A sentence below the title. */
  readonly subtitle?: string;
  /** Which batch item. Default 0. */
  readonly item?: number;
}

const optionNames: OptionNames<RenderOptions> = { title: true, subtitle: true, item: true };

/** Cells of a small picture: its pixels. */
const small = { rows: 48, columns: 64 };

/** The mean of heads, -1, or the one head that there is. */
const firstChoice = ({ heads }: MapData): number => (heads.length > 1 ? -1 : 0);

function headButton(map: MapData, index: number, head: number): string {
  const size = map.queries.length * map.keys.length;
  const whole = head < 0 ? headMean(map) : map.weights.subarray(head * size, (head + 1) * size);
  const { weights, rows: height, columns: width } = pooled(whole, map.queries.length, map.keys.length, small);
  const leads = head === firstChoice(map);
  return (
    `<button type="button" data-map="${index}" data-head="${head}" tabindex="${leads ? 0 : -1}" aria-pressed="${index === 0 && leads}">` +
    `<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">` +
    `<rect class="ground" width="${width}" height="${height}"/>${heatPaths(weights, width)}</svg>` +
    `${head < 0 ? "mean" : `head ${map.heads[head]}`}</button>`
  );
}

function layerRow(map: MapData, index: number): string {
  const choices = map.heads.length > 1 ? [-1, ...map.heads.keys()] : [0];
  const name = escapeHtml(map.name);
  const buttons = choices.map((head) => headButton(map, index, head)).join("");
  const broken = name.replaceAll(".", "<wbr>."); // where a long path may go on in a new line
  return `<div class="layer"><bdi>${broken}</bdi><div class="heads" role="group" aria-label="Heads of ${name}">${buttons}</div></div>`;
}

/**
 * One self-contained HTML page of maps: all heads small, side by side; one of them large, with the weight that is pointed
 * at; its tokens with lines between those that look at each other. Usable with a pointer and with keys (arrows, Home, End,
 * Enter, Escape), light and dark as the reader has it, down to the width of a phone. It loads nothing: a content security
 * policy forbids it. Tokens are shown as text, whatever is in them.
 *
 * @param maps  of `captureAttention`
 * @param tokens  their names; see `AttentionTokens`
 * @returns HTML, UTF-8: about 17 kB, 1.4 bytes for each weight, and up to 15 for each cell of the small pictures, which are 48 x 64
 *   at most: 12 layers of 12 heads over 128 tokens take about 6 MB
 * @throws ArgumentError `renderAttention: the keys of attention need a token for place 3 (got 3 tokens)`; for no maps, a batch
 *   item that is not there, an option that is unknown
 * @example
 * const { maps } = captureAttention(() => attention(q, k, v, { causal: true }));
 * const html = await renderAttention(maps, ["the", " old", " man", " the", " boats", ".", "\n", "<b>"]);
 * html.startsWith("<!doctype html>"); // => true
 * html.includes("<b>"); // => false
 */
export async function renderAttention(
  maps: AttentionMaps,
  tokens: AttentionTokens,
  options: RenderOptions = {},
): Promise<string> {
  requireKnown("renderAttention", options, optionNames);
  const { title = "Attention", subtitle, item = 0 } = options;
  const read = await readMaps("renderAttention", maps, tokens, item);
  const data = {
    levels: heatLevels,
    exponent: heatExponent,
    maps: read.map(({ name, heads, queries, keys, weights }) => ({
      name,
      heads,
      queries: queries.map(visibleToken),
      keys: keys.map(visibleToken),
      weights: weightBytes(weights),
    })),
  };
  const some = (test: (weight: number) => boolean): boolean => read.some(({ weights }) => weights.some(test));
  const unknown = some(Number.isNaN);
  const outside = some((weight) => weight < -0.002 || weight > 1.002);
  const heading = { title, subtitle };
  const more = unknown ? '<i><b class="nan"></b></i><span>NaN</span>' : "";
  const body = `<header>${headingOf(heading)}</header>
<main>
<section class="overview"><h2>All heads</h2>
<p class="note">Rows of a map are queries, its columns keys: the stronger the colour, the more a query looks there.</p>
${heatLegend(more)}
${outside ? '<p class="note">Some weights are below 0 or above 1, and shown as 0 and 1.</p>\n' : ""}<div class="layers">
${read.map(layerRow).join("\n")}
</div></section>
<section class="view"><h2><bdi></bdi> · <span></span></h2>
<div class="scroll"><svg class="map" tabindex="0" role="application" aria-roledescription="heat map" aria-label="Weights; arrow keys go from cell to cell"></svg></div>
<output aria-live="polite"></output></section>
<section><h2>Who looks at whom</h2>
<div class="sides" aria-hidden="true"><span>queries</span><span>keys</span></div>
<div class="pair"><ol id="queries" aria-label="Queries"></ol><svg preserveAspectRatio="none" aria-hidden="true"></svg><ol id="keys" aria-label="Keys"></ol></div>
<p class="note">Choose a token to see its lines alone; Escape shows all. Lines are drawn from a weight of 0.02 on.</p></section>
</main>
<noscript><p class="note">The large map needs scripts; the small ones above do not.</p></noscript>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${pageScript}</script>`;
  return htmlPage(heading, pageStyle + heatStyles(), body);
}
