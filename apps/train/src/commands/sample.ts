import { readFile } from "node:fs/promises";
import { ArgumentError, Key } from "@saccade/core";
import { CharTokenizer, TokenizerError } from "@saccade/tokenizers";
import { Gpt } from "@saccade/transformer";
import { Command } from "commander";
import { type BackendOptions, openBackend } from "../backend-options.ts";
import { messageOf, UsageError } from "../errors.ts";
import { loadModelInto } from "../runs/checkpoint.ts";
import { parseRunConfig } from "../runs/run-config.ts";
import { RunFolder } from "../runs/run-folder.ts";
import { gptConfig } from "../tasks/language.ts";
import { defaultPrompt, writeSample } from "../tasks/sample-text.ts";
import { backendOptions, numberIn, wholeNumber } from "./options.ts";

interface Options extends BackendOptions {
  readonly prompt?: string;
  readonly length: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP: number;
  readonly seed: number;
}

export function sampleCommand(): Command {
  const command = new Command("sample")
    .description("continue a text with a model of `saccade train lm`")
    .argument("<run>", "run folder")
    .option("--prompt <text>", "what to continue (default: a new line)")
    .option("--length <n>", "characters to write", wholeNumber(1), 500)
    .option("--temperature <t>", "0 takes the likeliest character, more is wilder", numberIn(0, 100), 0.8)
    .option("--top-k <k>", "only the k likeliest characters", wholeNumber(1))
    .option("--top-p <p>", "only the likeliest characters that hold probability p", numberIn(1e-6, 1), 1)
    .option("--seed <n>", "seed of the draws", wholeNumber(0), 0);
  for (const option of backendOptions()) command.addOption(option);
  return command.action((folder: string, options: Options) => sample(folder, options));
}

async function sample(folder: string, options: Options): Promise<void> {
  const run = RunFolder.open(folder);
  const config = parseRunConfig(await run.config(), run.path);
  if (config.task !== "lm")
    throw new UsageError(`${run.path} is a run of "${config.task}"; sample needs one of "lm"`);
  const tokenizer = await loadTokenizer(run);
  const backend = await openBackend(options);
  try {
    using model = new Gpt(gptConfig(config, tokenizer.vocabSize), { key: new Key(0) });
    await loadModelInto(run, model);
    const { prompt = defaultPrompt(tokenizer), length, temperature, topK, topP, seed } = options;
    await writeSample(model, tokenizer, {
      prompt,
      maxNewTokens: length,
      temperature,
      topP,
      seed,
      ...(topK ? { topK } : {}),
    });
  } catch (error) {
    if (error instanceof ArgumentError || error instanceof TokenizerError)
      throw new UsageError(error.message);
    throw error;
  } finally {
    await backend.dispose();
  }
}

async function loadTokenizer(run: RunFolder): Promise<CharTokenizer> {
  const path = run.file("tokenizer.json");
  try {
    return CharTokenizer.fromJSON(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new UsageError(`cannot read the tokenizer ${path} (${messageOf(error)})`);
  }
}
