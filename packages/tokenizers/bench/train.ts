/**
 * How fast a byte-level BPE is trained, and what it takes in memory.
 *
 *     node --conditions=@saccade/source --expose-gc bench/train.ts [file ...] [--vocab 30000] [--python path]
 *
 * Without files: 20 MB of made-up words, 32,000 tokens. With `--python`, the same text is then trained by Hugging
 * Face's trainer (pip install tokenizers), in one thread; both read it line by line.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BpeTrainer, ByteLevelPreTokenizer, byteCharacters, trainTokenizer } from "@saccade/tokenizers";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    vocab: { type: "string" },
    python: { type: "string" },
    megabytes: { type: "string", default: "20" },
    runs: { type: "string", default: "3" },
  },
});
const vocabSize = Number(values.vocab ?? (positionals.length > 0 ? 30_000 : 32_000));
const text =
  positionals.length > 0
    ? positionals.map((file) => readFileSync(file, "utf8")).join("\n")
    : madeUp(1e6 * Number(values.megabytes));
const megabytes = Buffer.byteLength(text) / 1e6;
const lines = text.split(/(?<=\n)/);
console.log(`${megabytes.toFixed(1)} MB, ${lines.length} lines, vocabulary ${vocabSize}`);

const python = `
import os, sys, time
os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
lines = open(sys.argv[1], encoding="utf8", newline="").read().splitlines(True)
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
trainer = trainers.BpeTrainer(vocab_size=int(sys.argv[2]), show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
start = time.time()
tokenizer.train_from_iterator(lines, trainer)
print(time.time() - start, tokenizer.get_vocab_size())
`;

const folder = mkdtempSync(join(tmpdir(), "saccade-bench-"));
const file = join(folder, "text.txt");
if (values.python !== undefined) writeFileSync(file, text);
for (let run = 0; run < Number(values.runs); run++) {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const start = performance.now();
  const tokenizer = await trainTokenizer(
    { preTokenizer: new ByteLevelPreTokenizer({ addPrefixSpace: false }) },
    new BpeTrainer({ vocabSize, initialAlphabet: byteCharacters() }),
    lines,
    {
      onProgress: () => {
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    },
  );
  report("saccade", (performance.now() - start) / 1000, tokenizer.vocabSize);
  console.log(
    `  ${((peak - before) / 1e6).toFixed(0)} MB more than before, ${(peak / 1e6).toFixed(0)} MB in all`,
  );
  if (values.python === undefined) continue;
  const { stdout, stderr } = spawnSync(values.python, ["-c", python, file, String(vocabSize)], {
    encoding: "utf8",
  });
  const [seconds, size] = stdout.trim().split(" ").map(Number);
  if (!Number.isFinite(seconds)) throw new Error(`${values.python} failed: ${stderr}`);
  report("tokenizers (Rust)", seconds, size);
}
rmSync(folder, { recursive: true });

function report(who: string, seconds: number, size: number): void {
  console.log(`${who}: ${seconds.toFixed(2)} s, ${(megabytes / seconds).toFixed(2)} MB/s, ${size} tokens`);
}

/** Words put together from syllables, with frequencies as in a language (the n-th word about 1/n as often). */
function madeUp(size: number): string {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)];
  const syllables = Array.from(
    { length: 300 },
    () =>
      pick([..."bcdfghjklmnprstvwz", "st", "tr", "sch"]) +
      pick([..."aeiouy", "ea", "ü"]) +
      pick([..."nrstl", "", ""]),
  );
  const words = Array.from({ length: 400_000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(syllables)).join(""),
  );
  const parts: string[] = [];
  for (let length = 0; length < size; ) {
    const word = words[Math.floor(words.length ** random()) - 1] + (random() < 0.08 ? ".\n" : " ");
    parts.push(word);
    length += word.length;
  }
  return parts.join("");
}
