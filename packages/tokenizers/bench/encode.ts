/**
 * Encoding speed, ours and the peers' by turns in one process:
 *
 *     node --conditions=@saccade/source bench/encode.ts --peers DIR --text FILE [--encoding r50k_base] [--rounds 7]
 *
 * DIR is a folder in which `npm install gpt-tokenizer tiktoken js-tiktoken @huggingface/tokenizers tokenizers` was
 * run. Figures are MB/s of UTF-8, medians of the rounds after one that warms up; a result that differs from ours
 * is marked.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PipelineTokenizer } from "../src/pipeline-tokenizer.ts";
import { BytePairEncoding } from "../src/tiktoken/byte-pair-encoding.ts";
import { ENCODINGS, type EncodingName, readEncoding, tokenizerJson } from "./encodings.ts";
import { mixedUnicode } from "./texts.ts";

type Ids = ArrayLike<number>;
type Encode = (text: string) => Ids | Promise<Ids>;

const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    text: { type: "string" },
    encoding: { type: "string", multiple: true, default: Object.keys(ENCODINGS) },
    rounds: { type: "string", default: "7" },
  },
});
if (values.peers === undefined || values.text === undefined) throw new Error("--peers DIR --text FILE");
const peers = values.peers;
const require = createRequire(join(peers, "package.json"));
const texts = {
  [values.text.split("/").at(-1)!]: readFileSync(values.text, "utf8"),
  "mixed Unicode": mixedUnicode(1e6),
};
for (const name of values.encoding) await benchmark(name as EncodingName, Number(values.rounds));

async function benchmark(name: EncodingName, rounds: number): Promise<void> {
  const runners = await makeRunners(name);
  for (const [title, text] of Object.entries(texts)) {
    const bytes = Buffer.byteLength(text);
    const expected = await runners["saccade, ids"](text);
    const times = Object.fromEntries(Object.keys(runners).map((runner) => [runner, [] as number[]]));
    const notes: Record<string, string> = {};
    for (let round = 0; round <= rounds; round++) {
      for (const [runner, encode] of Object.entries(runners)) {
        const start = performance.now();
        const ids = await encode(text);
        const time = performance.now() - start;
        if (round > 0) times[runner].push(time);
        else notes[runner] = `first ${time.toFixed(0)} ms${same(ids, expected) ? "" : ", DIFFERS"}`;
      }
    }
    console.log(`\n${name}, ${title}: ${(bytes / 1e6).toFixed(2)} MB, ${expected.length} tokens`);
    for (const runner of Object.keys(runners)) {
      const median = times[runner].sort((a, b) => a - b)[Math.floor(rounds / 2)];
      const rate = (bytes / 1e3 / median).toFixed(1).padStart(8);
      console.log(`${runner.padEnd(36)}${rate} MB/s  (${notes[runner]})`);
    }
  }
}

async function makeRunners(name: EncodingName): Promise<Record<string, Encode>> {
  const encoding = readEncoding(peers, name);
  const lean = new BytePairEncoding(encoding);
  const json = tokenizerJson(encoding);
  const ours = PipelineTokenizer.fromJSON(json);
  const gpt = require(`gpt-tokenizer/cjs/encoding/${name}`) as { encode(text: string): number[] };
  const tiktoken = (
    require("tiktoken") as { get_encoding(name: string): { encode_ordinary(text: string): Ids } }
  ).get_encoding(name);
  const rust = (require("tokenizers") as RustBinding).Tokenizer.fromString(JSON.stringify(json));
  const { Tokenizer } = require("@huggingface/tokenizers") as HuggingFace;
  const huggingFace = new Tokenizer(json, {});
  return {
    "saccade, ids": (text) => lean.encodeOrdinary(text),
    "gpt-tokenizer, ids": (text) => gpt.encode(text),
    "tiktoken (WASM), ids": (text) => tiktoken.encode_ordinary(text),
    "saccade, tokenizer.json, ids": (text) => ours.encodeIds(text),
    "saccade, tokenizer.json, offsets": (text) => ours.encode(text).ids,
    "tokenizers (Rust), offsets": async (text) => (await rust.encode(text)).getIds(),
    "@huggingface/tokenizers": (text) => huggingFace.encode(text).ids,
  };
}

interface RustBinding {
  readonly Tokenizer: {
    fromString(json: string): { encode(text: string): Promise<{ getIds(): number[] }> };
  };
}

interface HuggingFace {
  readonly Tokenizer: new (json: object, config: object) => { encode(text: string): { ids: number[] } };
}

function same(a: Ids, b: Ids): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
