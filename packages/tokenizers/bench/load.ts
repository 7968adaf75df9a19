/**
 * Time from the text of a `tokenizer.json` to a tokenizer, ours and the peers' by turns in one process:
 *
 *     node --conditions=@saccade/source bench/load.ts --peers DIR --tokenizer FILE [--rounds 9]
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PipelineTokenizer } from "../src/pipeline-tokenizer.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    tokenizer: { type: "string" },
    rounds: { type: "string", default: "9" },
  },
});
if (values.peers === undefined || values.tokenizer === undefined) {
  throw new Error("--peers DIR --tokenizer FILE");
}
const require = createRequire(join(values.peers, "package.json"));
const rust = require("tokenizers") as { readonly Tokenizer: { fromString(json: string): unknown } };
const { Tokenizer } = require("@huggingface/tokenizers") as {
  readonly Tokenizer: new (json: unknown, config: object) => unknown;
};
const text = readFileSync(values.tokenizer, "utf8");
const loaders = {
  "JSON.parse alone": () => JSON.parse(text) as unknown,
  saccade: () => PipelineTokenizer.fromJSON(JSON.parse(text)),
  "tokenizers (Rust)": () => rust.Tokenizer.fromString(text),
  "@huggingface/tokenizers": () => new Tokenizer(JSON.parse(text), {}),
};
const rounds = Number(values.rounds);
const times = Object.fromEntries(Object.keys(loaders).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, load] of Object.entries(loaders)) {
    const start = performance.now();
    load();
    times[name].push(performance.now() - start);
  }
}
console.log(`${(Buffer.byteLength(text) / 1e6).toFixed(2)} MB`);
for (const [name, list] of Object.entries(times)) {
  const [first] = list;
  const median = list.sort((a, b) => a - b)[Math.floor(rounds / 2)];
  console.log(
    `${name.padEnd(28)}first ${first.toFixed(0).padStart(5)} ms, median ${median.toFixed(0).padStart(5)} ms`,
  );
}
