import type { Result } from "../../result.ts";
import { digits } from "../units.ts";
import { escapeHtml } from "./escape.ts";

const width = 520;
const row = 24;
const labels = 132;
const numbers = 70;

/** The rates of all peers at one config, as horizontal bars from zero; an error stands in the place of its bar. */
export function barChart(results: readonly Result[], colorOf: (peer: string) => string): string {
  const most = Math.max(...results.map(({ rate }) => rate ?? 0));
  const bars = results.map((result, i) => {
    const { peer, rate, error } = result;
    const y = i * row;
    const name = `<text class="name" x="${labels - 8}" y="${y + 16}">${escapeHtml(peer)}</text>`;
    if (rate === null) {
      const text = escapeHtml(shortened(error ?? "no figure"));
      const whole = `<title>${escapeHtml(error ?? "")}</title>`;
      return `${name}<text class="error" x="${labels}" y="${y + 16}">${text}${whole}</text>`;
    }
    const length = Math.max(1, ((width - labels - numbers) * rate) / most);
    const bar = `<rect x="${labels}" y="${y + 4}" width="${length.toFixed(1)}" height="16" rx="2" fill="${colorOf(peer)}"/>`;
    return `${name}${bar}<text class="value" x="${(labels + length + 6).toFixed(1)}" y="${y + 16}">${digits(rate)}</text>`;
  });
  const { config, unit } = results[0];
  const height = results.length * row;
  return `<figure><figcaption>${escapeHtml(config)} <small>${escapeHtml(unit)}</small></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${config}, ${unit}`)}">${bars.join("")}</svg></figure>`;
}

function shortened(text: string): string {
  return text.length > 52 ? `${text.slice(0, 51)}…` : text;
}
