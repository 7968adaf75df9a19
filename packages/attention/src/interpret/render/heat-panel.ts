import { escapeHtml, visibleToken } from "./html.ts";

/** Pixels between heat maps that stand side by side. */
export const gap = 30;
const cell = 22;
const letter = 8.4; // of a 14 px monospaced font
const nameHeight = 26; // if there is a name

/** One heat map of a picture, with its labels. */
export interface Panel {
  readonly name: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** SVG, in units of cells. */
  readonly cells: string;
  /** Of the labels on the left and above. */
  readonly left: number;
  readonly top: number;
  /** Labels of the columns stand upright where they are single characters. */
  readonly upright: boolean;
  readonly width: number;
  readonly height: number;
}

/** Columns of a monospaced font that a text takes: East Asian characters take two. */
export const columnsOf = (text: string): number =>
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

/** A token that is looked at, cut if it is long. */
export function short(token: string): string {
  const text = visibleToken(token);
  const characters = Array.from(text);
  return characters.length > 14 ? `${characters.slice(0, 13).join("")}…` : text;
}

export function panelOf(
  name: string,
  rows: readonly string[],
  columns: readonly string[],
  cells: string,
): Panel {
  const longest = (texts: readonly string[]): number =>
    texts.reduce((n, text) => Math.max(n, columnsOf(text)), 0);
  const upright = longest(columns) <= 2;
  const left = longest(rows) * letter + 10;
  const top = (name === "" ? 0 : nameHeight) + (upright ? 22 : longest(columns) * letter + 10);
  const width = Math.max(left + columns.length * cell, columnsOf(name) * letter);
  return { name, rows, columns, cells, left, top, upright, width, height: top + rows.length * cell };
}

export function drawPanel(panel: Panel, x: number, y: number): string {
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
<g transform="translate(${round(left)} ${round(top)}) scale(${cell})"><rect class="w0" width="${width}" height="${height}"/>${panel.cells}<path class="grid" d="${down}${across}"/></g></g>`;
}

const round = (x: number): number => Math.round(10 * x) / 10;
