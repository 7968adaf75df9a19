import { columnsOf, drawPanel, gap, type Panel } from "./heat-panel.ts";
import { escapeHtml } from "./html.ts";

/** Pixels around a picture. */
export const margin = 26;
const headerHeight = { title: 34, subtitle: 24 };
const legendHeight = 34;

/** What a picture is made of. */
export interface Picture {
  readonly title: string;
  readonly subtitle: string | undefined;
  /** Heat maps, in rows. */
  readonly lines: readonly (readonly Panel[])[];
  /** Colours of the cells, on light paper and on dark. */
  readonly colors: readonly [light: string, dark: string];
  readonly legend: Legend;
}

/** The scale of colours. */
export interface Legend {
  /** Of the steps. */
  readonly classes: readonly string[];
  /** What the first step is, and the last. */
  readonly ends: readonly [string, string];
  /** Whether there is NaN. */
  readonly unknown: boolean;
}

/** One SVG that stands alone, light or dark as the reader has it. */
export function drawPicture({ title, subtitle, lines, colors, legend }: Picture): string {
  const widths = lines.map((line) => line.reduce((sum, { width }) => sum + gap + width, -gap));
  const headings = [
    columnsOf(title) * 11,
    columnsOf(subtitle ?? "") * 6.9,
    8 * legend.classes.length + (legend.unknown ? 130 : 40),
  ];
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
  parts.push(drawLegend(margin, y, legend));
  const height = Math.ceil(y + legendHeight);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escapeHtml(subtitle ? `${title}. ${subtitle}` : title)}</title>
<style>${style(colors)}</style>
<rect class="page" width="${width}" height="${height}" rx="12"/>
${parts.join("\n")}
</svg>
`;
}

function drawLegend(x: number, y: number, { classes, ends, unknown }: Legend): string {
  const start = x + 8 + 8 * ends[0].length;
  const steps = classes.map(
    (name, i) => `<rect class="${name}" x="${start + 8 * i}" y="${y}" width="8.2" height="11"/>`,
  );
  const end = start + 8 * classes.length;
  const nan = unknown
    ? `<rect class="nan" x="${end + 34}" y="${y}" width="11" height="11"/><text class="soft" x="${end + 51}" y="${y + 10}">NaN</text>`
    : "";
  return `<text class="soft" x="${x}" y="${y + 10}">${ends[0]}</text><g shape-rendering="crispEdges">${steps.join("")}</g><text class="soft" x="${end + 7}" y="${y + 10}">${ends[1]}</text>${nan}`;
}

function style([light, dark]: Picture["colors"]): string {
  const plain = (page: string, ink: string, soft: string): string =>
    `.page{fill:${page}}.grid{stroke:${page}}text{fill:${ink}}.soft{fill:${soft}}`;
  return (
    `text{font:14px ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;dominant-baseline:central}` +
    `.title,.soft,.name{font-family:system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif;dominant-baseline:auto}` +
    `.title{font-size:20px;font-weight:650}.soft{font-size:13.5px}.name{font-size:14px;font-weight:600}` +
    `.row{text-anchor:end}.column{text-anchor:middle}.grid{fill:none;stroke-width:.07}` +
    `${plain("#ffffff", "#1b232e", "#596270")}${light}` +
    `@media(prefers-color-scheme:dark){${plain("#12161c", "#e9ebee", "#a0a9b6")}${dark}}`
  );
}
