import { rename, rm, stat, writeFile } from "node:fs/promises";
import {
  type PipelineTokenizer,
  TokenizerError,
  type TrainingProgress,
  trainTokenizer,
} from "@saccade/tokenizers";
import { Command, Option } from "commander";
import { messageOf, UsageError } from "../errors.ts";
import {
  type NormalizerName,
  normalizers,
  type PreTokenizerName,
  preTokenizers,
  setUp,
  type TokenizerPlan,
  type TokenizerSetup,
  type TokenizerType,
  tokenizerTypes,
} from "../tokenizer-training/presets.ts";
import { findFiles, linesOf } from "../tokenizer-training/text-lines.ts";
import { formatDuration, Progress } from "../trainer/progress.ts";
import { wholeNumber } from "./options.ts";

interface Options extends TokenizerPlan {
  readonly type: TokenizerType;
  readonly normalizer?: NormalizerName;
  readonly preTokenizer?: PreTokenizerName;
  readonly out: string;
  readonly force: boolean;
}

const stageNames: Readonly<Record<TrainingProgress["stage"], string>> = {
  read: "reading",
  pairs: "counting pairs",
  merges: "merging",
  seeds: "finding pieces",
  em: "estimating",
};
/** Longest text shown as a sample, characters. */
const sampleLength = 120;

export function trainTokenizerCommand(): Command {
  return new Command("train-tokenizer")
    .description("learn a tokenizer from text files; writes tokenizer.json")
    .argument("<files...>", "text files (UTF-8), or patterns like 'data/*.txt'")
    .addOption(new Option("--type <type>", "what to learn").choices(tokenizerTypes).default("bpe"))
    .option("--vocab-size <n>", "number of tokens", wholeNumber(1), 30_000)
    .option("--min-frequency <n>", "least frequency of pairs, or of words (not for unigram)", wholeNumber(0))
    .option("--special-tokens <tokens...>", "tokens that are never split (default: usual ones of the type)")
    .option("--unk-token <token>", "the token for unknown text (default: by the type)")
    .addOption(
      new Option("--normalizer <name>", "how texts are rewritten (default: by the type)").choices(
        Object.keys(normalizers),
      ),
    )
    .addOption(
      new Option("--pre-tokenizer <name>", "how texts are cut into words (default: by the type)").choices(
        Object.keys(preTokenizers),
      ),
    )
    .option("--max-token-length <n>", "longest token, characters (bpe, wordpiece)", wholeNumber(1))
    .option("--limit-alphabet <n>", "most characters to keep (bpe, wordpiece)", wholeNumber(1))
    .option("--continuing-subword-prefix <text>", "begins tokens inside of words (bpe, wordpiece)")
    .option("--end-of-word-suffix <text>", "ends the last token of a word (bpe, wordpiece)")
    .option("--out <file>", "where to write", "tokenizer.json")
    .option("--force", "write over a file that is there", false)
    .action(trainTokenizerFiles);
}

async function trainTokenizerFiles(patterns: string[], options: Options): Promise<void> {
  const { out, force, ...plan } = options;
  if (!force && (await exists(out))) throw new UsageError(`${out} exists; --force writes over it`);
  const files = await findFiles(patterns);
  const setup = mended(() => setUp(plan));
  const started = performance.now();
  let sample = "";
  const tokenizer = await run(setup, files.paths, files.bytes, (line) => {
    if (sample === "") sample = line.trim().slice(0, sampleLength);
  });
  await writeWhole(out, `${JSON.stringify(tokenizer)}\n`);

  const seconds = (performance.now() - started) / 1000;
  const rows: [string, string][] = [
    ["written", out],
    ["type", options.type],
    ["normalizer", setup.normalizer],
    ["pre-tokenizer", setup.preTokenizer],
    ["tokens", String(tokenizer.vocabSize)],
    ["special tokens", setup.trainer.specialTokens.join(" ") || "none"],
    ["files", `${files.paths.length}, ${(files.bytes / 1e6).toFixed(2)} MB`],
    ["time", `${formatDuration(seconds)} (${(files.bytes / 1e6 / seconds).toFixed(2)} MB/s)`],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(16)}${value}`);
  const { tokens, length } = tokenizer.encode(sample, { addSpecialTokens: false });
  console.log(`\n${sample}\n${tokens.join("|")}`);
  console.log(
    `${length} tokens, ${(Buffer.byteLength(sample) / Math.max(1, length)).toFixed(2)} bytes a token`,
  );
}

/** Trains with a bar for each stage; Ctrl-C stops it, and nothing is written. */
async function run(
  setup: TokenizerSetup,
  paths: readonly string[],
  bytes: number,
  onLine: (line: string) => void,
): Promise<PipelineTokenizer> {
  const abort = new AbortController();
  const stop = (): void => abort.abort(new UsageError("stopped; nothing was written"));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  let read = 0;
  let stage: TrainingProgress["stage"] | undefined;
  let bar: Progress | undefined;
  const onProgress = (progress: TrainingProgress): void => {
    const done = progress.stage === "read" ? read : progress.done;
    const total = progress.stage === "read" ? bytes : progress.total;
    if (progress.stage !== stage) {
      bar?.[Symbol.dispose]();
      bar = total === undefined ? undefined : new Progress(stageNames[progress.stage], total);
      stage = progress.stage;
    }
    bar?.update(Math.round(done * 10) / 10);
  };
  async function* lines(): AsyncGenerator<string, void> {
    for await (const line of linesOf(paths, (count) => {
      read = count;
    })) {
      onLine(line);
      yield line;
    }
  }
  try {
    return await trainTokenizer(setup.pipeline, setup.trainer, lines(), { onProgress, signal: abort.signal });
  } catch (error) {
    if (error instanceof TokenizerError) throw new UsageError(error.message);
    throw error;
  } finally {
    bar?.[Symbol.dispose]();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** What the trainers say of options becomes one line. */
function mended<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof TokenizerError) throw new UsageError(error.message);
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Writes beside the file and moves it into place: whoever looks sees the old file or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new UsageError(`cannot write ${path} (${messageOf(error)})`);
  }
}
