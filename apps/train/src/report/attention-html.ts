import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  escapeHtml,
  heatExponent,
  heatLevel,
  heatLevels,
  heatStyles,
  scriptJson,
  spokenToken,
  visibleToken,
  weightBytes,
} from "@saccade/attention/interpret";
import { type MetricPoint, metricsFigure } from "./metrics-figure.ts";

/** The attention of one layer for one example. */
export interface AlignmentLayer {
  readonly name: string;
  /** `H` */
  readonly heads: number;
  /** `[H, T, S]`: how much target token t attends to source token s; rows add up to 1. */
  readonly weights: Float32Array;
}

/** One sentence pair and how the model aligned it. */
export interface AlignmentExample {
  /** `S` source tokens. */
  readonly source: readonly string[];
  /** `T` target tokens. */
  readonly target: readonly string[];
  /** What the model answered. */
  readonly prediction?: string;
  /** What it should have answered. */
  readonly reference?: string;
  /** A word on where the example comes from, e.g. its language. */
  readonly note?: string;
  readonly layers: readonly AlignmentLayer[];
}

export interface AlignmentPage {
  readonly title: string;
  /** A sentence below the title. */
  readonly subtitle?: string;
  readonly examples: readonly AlignmentExample[];
  /** Training curves, in order of `step`. */
  readonly metrics?: readonly MetricPoint[];
}

/** A page was asked for whose parts do not fit together; the message says which and what was got. */
export class ReportError extends RangeError {
  override name = "ReportError";
}

/**
 * One self-contained HTML page that shows which source tokens each target token attends to.
 *
 * A heat map for each example, with a choice of layer and head (or their average); pointing at a cell or moving
 * through the cells with the arrow keys tells its weight. No network, no library; a content security policy
 * in the page allows its own style and script and nothing else. Without scripts the averages of the last layer
 * are shown.
 *
 * @param page.examples  weights `[H, T, S]` per layer; they are kept to 8 bits
 * @returns HTML, UTF-8: about 25 kB, 30 bytes per cell and 1.4 bytes per weight
 * @throws ReportError `renderAlignmentPage: examples[0].layers[1] "cross" has 6 weights, not H*T*S = 4*3*2 = 24`
 * @example
 * const html = renderAlignmentPage({
 *   title: "Alignments",
 *   examples: [
 *     {
 *       source: ["5", "May"],
 *       target: ["05", "-", "05"],
 *       layers: [{ name: "cross", heads: 1, weights: Float32Array.of(0, 1, 0.5, 0.5, 1, 0) }],
 *     },
 *   ],
 * });
 * html.startsWith("<!doctype html>"); // => true
 */
export function renderAlignmentPage(page: AlignmentPage): string {
  for (const [index, example] of page.examples.entries()) checkExample(index, example);
  const style = styleOf(page.examples);
  const script = readFileSync(new URL("./page.js", import.meta.url), "utf8");
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${sha256(style)}'`,
    `script-src 'sha256-${sha256(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const data = {
    levels: heatLevels,
    exponent: heatExponent,
    metrics: page.metrics ?? [],
    examples: page.examples.map(({ source, target, layers }) => ({
      source: source.map(spokenToken),
      target: target.map(spokenToken),
      layers: layers.map(({ name, heads, weights }) => ({ name, heads, weights: weightBytes(weights) })),
    })),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(page.title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<div><h1><bdi>${escapeHtml(page.title)}</bdi></h1>${page.subtitle ? `<p><bdi>${escapeHtml(page.subtitle)}</bdi></p>` : ""}</div>
<div class="choice theme" role="group" aria-label="Colours">
${["auto", "light", "dark"].map((theme) => `<button type="button" data-theme="${theme}" aria-pressed="${theme === "auto"}">${theme}</button>`).join("")}
</div>
</header>
<main>
${metricsFigure(page.metrics ?? [])}
<section class="how">
<p>Each cell is a pair: a token that the model wrote and a token that it read, both in reading order. The stronger
the colour, the more it looked there while it wrote; a dot marks where it looked most.</p>
<div class="legend" aria-hidden="true"><span>0</span><i>${Array.from({ length: 21 }, (_, i) => `<b class="w${heatLevel(i / 20)}"></b>`).join("")}</i><span>1</span></div>
<label class="together"><input type="checkbox" checked> Change all examples together</label>
</section>
<div class="examples">
${page.examples.map(exampleCard).join("\n")}
</div>
</main>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function exampleCard(example: AlignmentExample, index: number): string {
  const { source, target, layers, note } = example;
  const last = layers[layers.length - 1];
  const average = headAverage(last, target.length * source.length); // [T, S]
  const columns = source.map(
    (token) => `<th scope="col"${sign(token)}><bdi>${escapeHtml(visibleToken(token))}</bdi></th>`,
  );
  const rows = target.map((token, t) => {
    const row = average.subarray(t * source.length, (t + 1) * source.length); // [S]
    const most = row.indexOf(Math.max(...row));
    const cells = Array.from(row, (weight, s) => {
      const level = `w${heatLevel(weight)}`;
      return `<td class=${s === most ? `"${level} most"` : level}>${weight.toFixed(2)}</td>`;
    });
    return `<tr><th scope="row"><bdi>${escapeHtml(visibleToken(token))}</bdi></th>${cells.join("")}</tr>`;
  });
  const notes = [
    rightToLeft.test(source.join("")) ? "right to left; letters in reading order" : "",
    note ?? "",
  ];
  const words = source.some((token) => Array.from(token).length > 2) ? " words" : "";
  const name = `Weights of ${target.length} target tokens on ${source.length} source tokens`;
  return `<article class="example" data-example="${index}" aria-labelledby="example-${index}">
<div class="head"><h2 id="example-${index}"><bdi dir="auto">${escapeHtml(source.join(""))}</bdi></h2>${notes
    .filter(Boolean)
    .map((text) => `<p class="note"><bdi>${escapeHtml(text)}</bdi></p>`)
    .join("")}</div>
${answers(example)}
<div class="controls"><div class="choice layers" role="group" aria-label="Layer">${layers
    .map(({ name }, i) => {
      const pressed = i === layers.length - 1;
      return `<button type="button" data-layer="${i}" aria-pressed="${pressed}"><bdi>${escapeHtml(name)}</bdi></button>`;
    })
    .join("")}</div><div class="heads" role="group" aria-label="Head"></div></div>
<div class="map"><table class="s${source.length} t${target.length}${words}" aria-label="${name}"><thead><tr><td></td>${columns.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>
<p class="readout"><output aria-live="off">${escapeHtml(last.name)}, average of ${last.heads} heads</output></p>
</article>`;
}

/** Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms. */
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/;

/** Marks a token that is shown by a sign in its place, such as a space. */
const sign = (token: string): string => (visibleToken(token) === token ? "" : ' class="sign"');

function answers({ prediction, reference }: AlignmentExample): string {
  if (prediction === undefined && reference === undefined) return "";
  if (prediction === undefined) {
    return `<p class="answer"><span>Reference</span> <bdi>${escapeHtml(reference ?? "")}</bdi></p>`;
  }
  const wanted = Array.from(reference ?? prediction);
  const letters = Array.from(prediction, (character, i) =>
    character === wanted[i] ? escapeHtml(character) : `<mark>${escapeHtml(character)}</mark>`,
  );
  const right = prediction === reference;
  const verdict =
    reference === undefined ? "" : right ? '<em class="right">right</em>' : '<em class="wrong">wrong</em>';
  const correction =
    reference === undefined || right
      ? ""
      : ` <span class="wanted"><span>Reference</span> <bdi>${escapeHtml(reference)}</bdi></span>`;
  return `<p class="answer"><span>Prediction</span> <bdi>${letters.join("")}</bdi> ${verdict}${correction}</p>`;
}

/** `[H, T, S]` to the mean over heads, `[T, S]`. */
function headAverage({ heads, weights }: AlignmentLayer, size: number): Float32Array {
  const average = new Float32Array(size);
  for (let i = 0; i < weights.length; i++) average[i % size] += weights[i] / heads;
  return average;
}

/** The page's style, the colours of the weights, and the columns of each number of source tokens. */
function styleOf(examples: readonly AlignmentExample[]): string {
  const rules = new Set<string>();
  for (const { source, target } of examples) {
    rules.add(`.s${source.length}{--s:${source.length}}.t${target.length}{--t:${target.length}}`);
    if (target.length > source.length * 0.75) continue;
    // where the columns would be too narrow for a letter, what was read runs down and what was written across
    const table = `table.s${source.length}.t${target.length}`;
    rules.add(
      `@container (max-width:${source.length * 14 + 60}px){${table}{grid-auto-flow:column;` +
        "grid-template-rows:1.7rem repeat(var(--s),1.5rem);" +
        "grid-template-columns:max-content repeat(var(--t),minmax(0,2.4rem))}" +
        `${table} th[scope=col]{min-width:1.9rem}` +
        `${table}.words th[scope=col]{writing-mode:horizontal-tb;transform:none;height:auto}}`,
    );
  }
  // the page last: what it says about narrow windows and print goes over what it says of maps
  const files = ["./map.css", "./page.css"].map((file) =>
    readFileSync(new URL(file, import.meta.url), "utf8"),
  );
  return files.join("") + heatStyles() + [...rules].join("");
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64");

function checkExample(index: number, { source, target, layers }: AlignmentExample): void {
  const where = `renderAlignmentPage: examples[${index}]`;
  if (source.length === 0 || target.length === 0) {
    throw new ReportError(`${where} has an empty side (got S=${source.length}, T=${target.length})`);
  }
  if (layers.length === 0) throw new ReportError(`${where}.layers must hold one layer at least (got none)`);
  for (const [l, { name, heads, weights }] of layers.entries()) {
    const layer = `${where}.layers[${l}] ${JSON.stringify(name)}`;
    if (!Number.isInteger(heads) || heads < 1) {
      throw new ReportError(`${layer} must have one head at least (got heads=${heads})`);
    }
    const count = heads * target.length * source.length;
    if (weights.length !== count) {
      const product = `H*T*S = ${heads}*${target.length}*${source.length} = ${count}`;
      throw new ReportError(`${layer} has ${weights.length} weights, not ${product}`);
    }
    const wrong = weights.findIndex((weight) => !(weight >= 0 && weight <= 1.001));
    if (wrong >= 0)
      throw new ReportError(`${layer}: weights[${wrong}] must be in 0..1 (got ${weights[wrong]})`);
  }
}
