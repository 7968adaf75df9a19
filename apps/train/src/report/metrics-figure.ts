import { escapeHtml } from "@saccade/attention/interpret";

/** One point of the training curves. */
export interface MetricPoint {
  /** Optimizer steps done. */
  readonly step: number;
  /** Mean loss, nats. */
  readonly loss: number;
  /** Share of right answers, `0 .. 1`, where it was measured. */
  readonly accuracy?: number;
}

const size = 1000; // of the drawing, which is stretched to its place; lines keep their width
const gridLines = 4;

/**
 * Loss and accuracy over steps: two small figures with axes in HTML, so that labels stay legible at any width.
 *
 * @param points  in order of `step`; none gives an empty string
 * @example metricsFigure([]); // => ""
 */
export function metricsFigure(points: readonly MetricPoint[]): string {
  const loss = curveOf(points, "loss");
  const accuracy = curveOf(points, "accuracy");
  const facts: [string, string][] = [];
  const curves: string[] = [];
  if (loss.length > 0) {
    const top = niceAbove(Math.max(...loss.map(([, y]) => y)));
    facts.push(["Steps", whole(loss[loss.length - 1][0])], ["Loss", short(loss[loss.length - 1][1])]);
    curves.push(curve("loss", "Loss", loss, top, short));
  }
  if (accuracy.length > 0) {
    facts.push(["Accuracy", percent(accuracy[accuracy.length - 1][1])]);
    facts.push(["Best accuracy", percent(Math.max(...accuracy.map(([, y]) => y)))]);
    curves.push(curve("accuracy", "Accuracy", accuracy, 1, percent));
  }
  if (curves.length === 0) return "";
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("");
  return `<section class="metrics" aria-label="Training curves">
<dl class="facts">${list}</dl>
<div class="curves">${curves.join("\n")}</div></section>`;
}

function curveOf(points: readonly MetricPoint[], kind: "loss" | "accuracy"): [step: number, value: number][] {
  return points.flatMap((point): [number, number][] => {
    const value = point[kind];
    return value !== undefined && Number.isFinite(value) ? [[point.step, value]] : [];
  });
}

function curve(
  kind: string,
  name: string,
  points: readonly (readonly [x: number, y: number])[],
  top: number,
  show: (value: number) => string,
): string {
  const [from, to] = [points[0], points[points.length - 1]];
  const span = Math.max(to[0] - from[0], 1);
  const path = points
    .map(([x, y]) => [((x - from[0]) / span) * size, (1 - Math.min(Math.max(y / top, 0), 1)) * size])
    .map(([x, y]) => `${Math.round(x)},${Math.round(y)}`)
    .join(" ");
  const ticks = Array.from({ length: gridLines + 1 }, (_, i) => i / gridLines);
  const rules = ticks.map((at) => `<path d="M0 ${at * size}H${size}"/>`).join("");
  const label = `${name} from ${show(from[1])} at step ${whole(from[0])} to ${show(to[1])} at step ${whole(to[0])}`;
  return `<figure class="curve ${kind}" data-curve="${kind}"><figcaption>${name}<output></output></figcaption>
<div class="y" aria-hidden="true">${ticks.map((at) => `<span>${escapeHtml(show(top * (1 - at)))}</span>`).join("")}</div>
<svg role="img" tabindex="0" aria-label="${escapeHtml(label)}" viewBox="0 0 ${size} ${size}" preserveAspectRatio="none">
<g class="rules">${rules}</g><polyline points="${path}"/><path class="cursor" d=""/></svg>
<div class="x" aria-hidden="true">${[0, 0.5, 1].map((at) => `<span>${whole(from[0] + at * span)}</span>`).join("")}</div></figure>`;
}

/** The least of 1, 2, 3, 4, 5, 6, 8 times a power of ten that is not below the value. */
function niceAbove(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * 0.9999) ?? 10);
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
const percent = (value: number): string => `${Number((100 * value).toFixed(1))} %`;
const short = (value: number): string => (value === 0 ? "0" : String(Number(value.toPrecision(3))));
