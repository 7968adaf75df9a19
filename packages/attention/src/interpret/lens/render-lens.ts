import { ArgumentError, type OptionNames, requireKnown } from "@saccade/core";
import { heatLevel, heatStyles } from "../render/heat-scale.ts";
import { escapeHtml, visibleToken } from "../render/html.ts";
import { headingOf, heatLegend, htmlPage } from "../render/html-page.ts";
import { lensScript } from "./lens-script.ts";
import { inkStyles, lensStyle } from "./lens-style.ts";
import type { LensReadings } from "./logit-lens.ts";

/** Of `renderLens`. */
export interface LensPageOptions {
  /** Default "Logit lens". */
  readonly title?: string;
  /** A sentence below the title. */
  readonly subtitle?: string;
  /** Which batch item. Default 0. */
  readonly item?: number;
}

const optionNames: OptionNames<LensPageOptions> = { title: true, subtitle: true, item: true };

/** What stands in one cell. */
interface Cell {
  readonly ids: readonly number[];
  readonly probabilities: readonly number[];
  readonly entropy: number;
  readonly divergence: number;
}

/**
 * One self-contained HTML page of what a logit lens reads: a table with a row for each place in the model, the last on top,
 * and a column for each token of the text. A cell has the likeliest next token, in the colour of its probability, and tells
 * the others, entropy and divergence when it is pointed at or has the focus; tokens that are what the model says at last
 * are bold. Usable with a pointer and with keys (arrows, Home, End, Escape), light and dark as the reader has it. It loads
 * nothing.
 *
 * @param tokens  what the T positions are called
 * @param decode  what a token of the vocabulary is called
 * @returns HTML, UTF-8
 * @throws ArgumentError unless tokens are as many as positions; for a batch item that is not there, an option that is unknown
 * @example
 * const lookup = new Embedding(3, 4, { key: new Key(0) });
 * const ids = tensor([[1, 2]], { dtype: "i32" });
 * const block = new Linear(4, 4, { key: new Key(1) });
 * const run = (): Tensor => block.forward(lookup.forward(ids)).matmul(lookup.weight.transpose());
 * const readings = logitLens(run, { model: { block }, blocks: ["block"] });
 * const html = await renderLens(readings, ["b", "c"], (id) => "abc"[id]);
 * html.startsWith("<!doctype html>"); // => true
 */
export async function renderLens(
  readings: LensReadings,
  tokens: readonly string[],
  decode: (id: number) => string,
  options: LensPageOptions = {},
): Promise<string> {
  requireKnown("renderLens", options, optionNames);
  const { title = "Logit lens", subtitle, item = 0 } = options;
  const [, , T] = readings.tokens.shape;
  if (tokens.length !== T) {
    throw new ArgumentError(`renderLens: there are ${T} positions (got ${tokens.length} tokens)`);
  }
  const rows = await readCells(readings, item);
  const last = rows[rows.length - 1];
  const body = rows.map((cells, l) => {
    const row = cells.map((cell, t) => drawCell(cell, decode, cell.ids[0] === last[t].ids[0]));
    return `<tr><th scope="row">${escapeHtml(readings.names[l]).replaceAll(".", "<wbr>.")}</th>${row.join("")}</tr>`;
  });
  const head = tokens.map((token) => `<th scope="col"><bdi>${escapeHtml(visibleToken(token))}</bdi></th>`);
  const heading = { title, subtitle };
  const content = `<header>${headingOf(heading)}
<p>Which token the residual stream would predict next if it went to the end at once: a row for each place in the model, the last on
top; below, the text. The stronger the colour, the likelier; bold is what the model says at last.</p>
${heatLegend()}</header>
<div class="scroll"><table role="grid" aria-label="Predictions; arrow keys go from cell to cell">
<tbody>
${body.reverse().join("\n")}
</tbody>
<tfoot><tr><td></td>${head.join("")}</tr></tfoot>
</table></div>
<script>${lensScript}</script>`;
  return htmlPage(heading, lensStyle + heatStyles() + inkStyles(), content);
}

async function readCells(readings: LensReadings, item: number): Promise<Cell[][]> {
  const [L, B, T, k] = readings.tokens.shape;
  if (!Number.isInteger(item) || item < 0 || item >= B) {
    throw new ArgumentError(`renderLens: item must be an integer from 0 to ${B - 1} (got ${item})`);
  }
  const names = ["tokens", "probabilities", "entropy", "divergence"] as const;
  const [ids, probabilities, entropy, divergence] = await Promise.all(
    names.map(async (name) => Array.from(await readings[name].data(), Number)),
  );
  return Array.from({ length: L }, (_, l) =>
    Array.from({ length: T }, (_, t) => {
      const at = (l * B + item) * T + t;
      return {
        ids: ids.slice(at * k, (at + 1) * k),
        probabilities: probabilities.slice(at * k, (at + 1) * k),
        entropy: entropy[at],
        divergence: divergence[at],
      };
    }),
  );
}

function drawCell(cell: Cell, decode: (id: number) => string, same: boolean): string {
  const name = (id: number): string => `<bdi>${escapeHtml(visibleToken(decode(id)))}</bdi>`;
  const level = heatLevel(cell.probabilities[0]);
  const others = cell.ids.map(
    (id, i) => `<tr><td>${name(id)}</td><td>${cell.probabilities[i].toFixed(3)}</td></tr>`,
  );
  const figures = `entropy ${cell.entropy.toFixed(2)}, divergence ${cell.divergence.toFixed(2)} nats`;
  const classes = [`w${level}`, ...(same ? ["same"] : [])];
  return `<td tabindex="0" class="${classes.join(" ")}">${name(cell.ids[0])}<div class="tip"><table>${others.join("")}</table>${figures}</div></td>`;
}
