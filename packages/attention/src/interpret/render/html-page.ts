import { heatLevel } from "./heat-scale.ts";
import { escapeHtml } from "./html.ts";

/** What a page says at its top. */
export interface PageHeading {
  readonly title: string;
  readonly subtitle: string | undefined;
}

/** One self-contained page, which a content security policy keeps from loading anything. */
export function htmlPage({ title }: PageHeading, style: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Title and subtitle as they are read. */
export function headingOf({ title, subtitle }: PageHeading): string {
  return `<h1><bdi>${escapeHtml(title)}</bdi></h1>${subtitle ? `<p><bdi>${escapeHtml(subtitle)}</bdi></p>` : ""}`;
}

/** Colours from 0 to 1; what else the legend has stands behind them. */
export function heatLegend(more = ""): string {
  const steps = Array.from({ length: 21 }, (_, i) => `<b class="w${heatLevel(i / 20)}"></b>`).join("");
  return `<div class="legend" aria-hidden="true"><span>0</span><i>${steps}</i><span>1</span>${more}</div>`;
}
