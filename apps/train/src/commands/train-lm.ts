import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { type BackendOptions, describeBackend, openBackend } from "../backend-options.ts";
import { messageOf, UsageError } from "../errors.ts";
import { parseRunConfig } from "../runs/run-config.ts";
import { RunFolder } from "../runs/run-folder.ts";
import { type LanguageConfig, LanguageTask, languageDefaults } from "../tasks/language.ts";
import { defaultPrompt, writeSample } from "../tasks/sample-text.ts";
import { formatDuration, Progress } from "../trainer/progress.ts";
import { train } from "../trainer/trainer.ts";
import type { Precision } from "../trainer/training-task.ts";
import {
  addRunOptions,
  backendOptions,
  numberIn,
  precisionOption,
  requireHeads,
  wholeNumber,
} from "./options.ts";

interface Options extends BackendOptions {
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string | true;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly contextLength: number;
  readonly embedDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly dtype: Precision;
}

const sampleLength = 500;

export function trainLmCommand(): Command {
  const command = new Command("lm")
    .description(
      "learn to write like a text, character by character, then sample (defaults: nanoGPT's CPU configuration)",
    )
    .addOption(new Option("--data <file>", "the text (needed unless --resume)"))
    .option("--steps <n>", "training steps", wholeNumber(1), languageDefaults.steps)
    .option("--batch-size <n>", "windows in a batch", wholeNumber(1), languageDefaults.batchSize)
    .option("--learning-rate <x>", "highest learning rate", numberIn(0, 1), languageDefaults.learningRate)
    .option("--context-length <n>", "characters in a window", wholeNumber(1), languageDefaults.contextLength)
    .option("--embed-dim <n>", "width of the model", wholeNumber(1), languageDefaults.embedDim)
    .option("--num-layers <n>", "layers", wholeNumber(1), languageDefaults.numLayers)
    .option("--num-heads <n>", "heads in each layer", wholeNumber(1), languageDefaults.numHeads)
    .option("--dropout <p>", "dropout probability", numberIn(0, 0.99), languageDefaults.dropout)
    .addOption(precisionOption())
    .option("--seed <n>", "seed of weights and batches", wholeNumber(0), languageDefaults.seed);
  addRunOptions(command, "lm");
  for (const option of backendOptions()) command.addOption(option);
  return command.action((options: Options) => trainLm(options));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** @throws UsageError if the file cannot be read or is not UTF-8 text */
export async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw new UsageError(`cannot read ${path} as UTF-8 text (${messageOf(error)})`);
  }
}

/** What is to be trained; `resumed` is the run that goes on, null for a new one. */
async function planRun(
  options: Options,
): Promise<{ resumed: RunFolder | null; config: LanguageConfig; text: string }> {
  if (options.resume !== undefined) {
    const run = options.resume === true ? RunFolder.latest("lm") : RunFolder.open(options.resume);
    const config = parseRunConfig(await run.config(), run.path);
    if (config.task !== "lm") throw new UsageError(`${run.path} is a run of "${config.task}", not of "lm"`);
    const text = await readText(config.data);
    if (sha256(text) !== config.dataSha256) {
      throw new UsageError(
        `${config.data} has changed since ${run.path} was begun: a run goes on with the same text only`,
      );
    }
    return { resumed: run, config, text };
  }
  if (options.data === undefined) throw new UsageError("give the text to learn from: --data <file>");
  const { seed, steps, batchSize, learningRate, contextLength, embedDim, numLayers, numHeads } = options;
  const { dropout, dtype } = options;
  requireHeads(options);
  const data = resolve(options.data);
  const text = await readText(data);
  const sizes = {
    seed,
    steps,
    batchSize,
    learningRate,
    contextLength,
    embedDim,
    numLayers,
    numHeads,
    dropout,
    dtype,
  };
  const config: LanguageConfig = { ...languageDefaults, ...sizes, data, dataSha256: sha256(text) };
  return { resumed: null, config, text };
}

async function trainLm(options: Options): Promise<void> {
  const { resumed, config, text } = await planRun(options);
  const backend = await openBackend(options, config.dtype);
  try {
    const task = new LanguageTask(config, text);
    // What is refused so far leaves no folder behind.
    const run = resumed ?? (await RunFolder.create("lm", options.out, config));
    await task.saveTokenizer(run);
    console.log(`Run folder: ${run.path}`);
    console.log(`Computing on: ${describeBackend(backend)}`);
    console.log(`Text: ${config.data}, ${text.length} characters, ${task.tokenizer.vocabSize} different`);
    console.log(`Model: GPT, ${task.model.countParameters()} parameters\n`);
    const outcome = await train(task, run, { resume: resumed !== null });
    if (!outcome.finished) {
      console.log(
        `\nStopped after step ${outcome.step} of ${task.steps}. Go on with: npm run saccade -- train lm --resume ${run.path}`,
      );
      process.exitCode = 130;
      return;
    }
    const loss = await finalLoss(task);
    await run.appendMetrics({ step: task.steps, finalValLoss: loss });
    console.log(
      `\nTrained in ${formatDuration(outcome.seconds)}. Validation loss: ${loss.toFixed(4)} nats per character\n`,
    );
    await writeSample(task.model, task.tokenizer, {
      prompt: defaultPrompt(task.tokenizer),
      maxNewTokens: sampleLength,
      seed: config.seed,
    });
    console.log(`\nMore: npm run saccade -- sample ${run.path} --prompt "ROMEO:"`);
  } finally {
    await backend.dispose();
  }
}

/** Over the whole validation text, with progress. */
async function finalLoss(task: LanguageTask): Promise<number> {
  const steps = 100;
  using progress = new Progress("validating", steps);
  return task.validationLoss((done, windows) => progress.update(Math.floor((steps * done) / windows)));
}
