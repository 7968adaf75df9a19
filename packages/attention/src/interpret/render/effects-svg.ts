import { ArgumentError, type OptionNames, requireKnown } from "@saccade/core";
import type { PatchingEffects } from "../activations/patching-effects.ts";
import { panelOf, short } from "./heat-panel.ts";
import { heatPaths } from "./heat-paths.ts";
import { heatColors, heatLevel, heatLevels, mix } from "./heat-scale.ts";
import { drawPicture } from "./svg-picture.ts";

/** Of `effectsSvg`. */
export interface EffectsSvgOptions {
  /** Default "Effects of patching". */
  readonly title?: string;
  /** A sentence below the title. */
  readonly subtitle?: string;
  /** What the columns are called: tokens of positions, say. Default their numbers. */
  readonly columns?: readonly string[];
}

const optionNames: OptionNames<EffectsSvgOptions> = { title: true, subtitle: true, columns: true };

/** Colours of the effects 0 to -1, on light paper and on dark; those of 0 to 1 are the colours of weights. */
const below = [
  ["#f4f6f6", "#f3dcc0", "#e3a566", "#b8641f", "#6d300a"],
  ["#1f252d", "#493421", "#8d5724", "#dc9145", "#ffe0b0"],
] as const;

function colorsOf(scheme: 0 | 1): string {
  const steps = Array.from({ length: heatLevels + 1 }, (_, level) => {
    const less = mix(below[scheme], level / heatLevels);
    return `.w${level}{fill:${heatColors(level)[scheme]}}.n${level}{fill:${less}}`;
  });
  return `${steps.join("")}.nan{fill:${["#8a8f98", "#767d88"][scheme]}}`;
}

const legendClasses = Array.from({ length: 31 }, (_, i) => {
  const level = heatLevel(Math.abs(i - 15) / 15);
  return i < 15 ? `n${level}` : `w${level}`;
});

/**
 * A picture of the effects of patching: a heat map with a row for each name and a column for each position or head, in one
 * SVG that stands alone. Effects from 0 to 1 have the colours of weights, those below 0 warm ones; what is beyond -1 or 1 is
 * drawn as these. It has no scripts and loads nothing; light or dark as the reader has it.
 *
 * @param effects  of `patchingEffects`
 * @returns SVG, UTF-8
 * @throws ArgumentError unless there are as many names of columns as columns, for an option that is unknown
 * @example
 * const model = new Sequential(new Linear(2, 2, { key: new Key(0) }), new Linear(2, 1, { key: new Key(1) }));
 * const [a, b] = [tensor([[[1, 0], [0, 1]]]), tensor([[[1, 0], [1, 1]]])];
 * const effects = patchingEffects(() => model.forward(a), () => model.forward(b), (y) => y.sum(), { model });
 * const svg = await effectsSvg(effects, { columns: ["the", " cat"] });
 * svg.startsWith("<svg "); // => true
 */
export async function effectsSvg(effects: PatchingEffects, options: EffectsSvgOptions = {}): Promise<string> {
  requireKnown("effectsSvg", options, optionNames);
  const { names } = effects;
  const numbers = Float64Array.from(await effects.effects.data(), Number);
  const width = numbers.length / names.length;
  const { title = "Effects of patching", subtitle, columns } = options;
  const labels = columns ?? Array.from({ length: width }, (_, i) => String(i));
  if (labels.length !== width) {
    throw new ArgumentError(`effectsSvg: there are ${width} columns (got ${labels.length} names of columns)`);
  }
  const negative = numbers.map((effect) => (effect < 0 ? -effect : 0));
  const cells = heatPaths(numbers, width) + heatPaths(negative, width).replaceAll('class="w', 'class="n');
  return drawPicture({
    title,
    subtitle,
    lines: [[panelOf("", names, labels.map(short), cells)]],
    colors: [colorsOf(0), colorsOf(1)],
    legend: { classes: legendClasses, ends: ["-1", "1"], unknown: numbers.some(Number.isNaN) },
  });
}
