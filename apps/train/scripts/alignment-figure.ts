import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  type AttentionMap,
  attentionSvg,
  captureAttention,
  type MapTokens,
} from "@saccade/attention/interpret";
import type { Tensor } from "@saccade/core";
import { openBackend } from "../src/backend-options.ts";
import { loadModelInto } from "../src/runs/checkpoint.ts";
import { parseRunConfig } from "../src/runs/run-config.ts";
import { RunFolder } from "../src/runs/run-folder.ts";
import { DateTranslator } from "../src/tasks/dates.ts";

/**
 * Draws the picture in the README of @saccade/attention: where a model of `npm start` looks in dates that it reads.
 *
 *     npm run figure:alignment -- runs/dates packages/attention/images/alignment.svg
 */
const here = process.env.INIT_CWD ?? process.cwd();
const [folder, path] = process.argv.slice(2).map((argument) => resolve(here, argument));
if (folder === undefined || path === undefined) {
  throw new Error("usage: npm run figure:alignment -- <run of `saccade train dates`> <picture.svg>");
}

const texts = { German: "3. März 2026", Spanish: "18-abr-2048", Turkish: "26 MART '95" };
const layer = "decoder.layers.0.crossAttention";

const run = RunFolder.open(folder);
const config = parseRunConfig(await run.config(), run.path);
if (config.task !== "dates") throw new Error(`${run.path} is a run of "${config.task}"`);
const backend = await openBackend({ backend: "cpu", blas: "off" });
const translator = new DateTranslator(config);
await loadModelInto(run, translator.model);

const pictures: Record<string, AttentionMap> = {};
const tokens: Record<string, MapTokens> = {};
for (const [name, text] of Object.entries(texts)) {
  const [answer] = await translator.translate([text]);
  const read = (): Tensor => {
    const { input } = translator.encodeTargets([answer]);
    return translator.model.forward({ ...translator.encodeSources([text]), input });
  };
  const { maps } = captureAttention(read, { model: translator.model, modules: [layer] });
  pictures[name] = maps[layer];
  tokens[name] = { queries: [...answer, "end"], keys: [...text] };
}

const svg = await attentionSvg(pictures, (name) => tokens[name], {
  title: "Where a model looks when it reads a date",
  subtitle:
    "A row for each character that it writes, a column for each that it reads: cross-attention of the first layer, mean of its heads.",
  maxWidth: 980,
});
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, svg);
console.log(`${path}: ${(svg.length / 1000).toFixed(1)} kB`);
await backend.dispose();
