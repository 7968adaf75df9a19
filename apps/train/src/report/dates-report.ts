import { noGrad, type Tensor } from "@saccade/core";
import { writeFileAtomic } from "@saccade/core/safetensors/node";
import type { DateExample } from "../dates/index.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { DatesTask, DateTranslator } from "../tasks/dates.ts";
import {
  type AlignmentExample,
  type AlignmentLayer,
  type MetricPoint,
  renderAlignmentPage,
} from "./index.ts";

/** Reads held-out dates in different languages, prints them, and writes `attention.html`. */
export async function writeDatesReport(
  task: DatesTask,
  run: RunFolder,
  count: number,
  print: (line: string) => void,
): Promise<string> {
  const examples = differentLocales(task.examples("heldOut", 0, 50 * count), count);
  const shown: AlignmentExample[] = [];
  for (const example of examples) {
    const aligned = await align(task.translator, example);
    shown.push(aligned);
    const verdict = aligned.prediction === example.iso ? "" : `   (should be ${example.iso})`;
    print(`  ${example.text.padEnd(34)} -> ${aligned.prediction}${verdict}`);
  }
  const html = renderAlignmentPage({
    title: "Where the model looks when it reads a date",
    subtitle:
      "Rows are the characters that it writes, columns those that it reads; none of these dates was in the training data.",
    examples: shown,
    metrics: await metricPoints(run),
  });
  const path = run.file("attention.html");
  await writeFileAtomic(path, new TextEncoder().encode(html));
  return path;
}

/** Dates with a word in them, each in another language. */
function differentLocales(examples: readonly DateExample[], count: number): DateExample[] {
  const byLocale = new Map<string, DateExample>();
  for (const example of examples) {
    if (/\p{L}{3}/u.test(example.text) && !byLocale.has(example.locale))
      byLocale.set(example.locale, example);
  }
  return [...byLocale.values()].slice(0, count);
}

/** The model's answer to one example, and where it looked for each character of it. */
async function align(translator: DateTranslator, example: DateExample): Promise<AlignmentExample> {
  const [prediction] = await translator.translate([example.text]);
  const weights = noGrad(() => translator.crossWeights(example.text, prediction));
  const layers: AlignmentLayer[] = [];
  for (const [i, layer] of weights.entries()) {
    layers.push({ name: `layer ${i + 1}`, heads: layer.shape[1], weights: await floats(layer) });
    layer.dispose();
  }
  return {
    source: [...example.text],
    target: [...prediction, "end"],
    prediction,
    reference: example.iso,
    note: `${example.locale}, ${example.style}`,
    layers,
  };
}

async function floats(tensor: Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data());
}

async function metricPoints(run: RunFolder): Promise<MetricPoint[]> {
  const points: MetricPoint[] = [];
  for (const { step, loss, accuracy } of await run.metrics()) {
    if (loss !== undefined) points.push(accuracy === undefined ? { step, loss } : { step, loss, accuracy });
  }
  return points;
}
