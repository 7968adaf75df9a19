import { Command } from "commander";
import { type BackendOptions, describeBackend, openBackend } from "../backend-options.ts";
import { DateTask } from "../dates/index.ts";
import { UsageError } from "../errors.ts";
import { writeDatesReport } from "../report/dates-report.ts";
import { parseRunConfig } from "../runs/run-config.ts";
import { RunFolder } from "../runs/run-folder.ts";
import { type DatesConfig, DatesTask, datesDefaults, finalEvaluationSize } from "../tasks/dates.ts";
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
  readonly out?: string;
  readonly resume?: string | true;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly dropout: number;
  readonly dtype: Precision;
  readonly embedDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly testSize: number;
}

/** Held-out dates that are shown at the end. */
const shownExamples = 6;

export function trainDatesCommand(): Command {
  const command = new Command("dates")
    .description(
      "learn to read dates as people write them, in twenty languages, into ISO 8601 (the data are generated)",
    )
    .option("--steps <n>", "training steps", wholeNumber(1), datesDefaults.steps)
    .option("--batch-size <n>", "dates in a batch", wholeNumber(1), datesDefaults.batchSize)
    .option("--learning-rate <x>", "highest learning rate", numberIn(0, 1), datesDefaults.learningRate)
    .option("--embed-dim <n>", "width of the model", wholeNumber(1), datesDefaults.embedDim)
    .option("--num-layers <n>", "layers of encoder and decoder", wholeNumber(1), datesDefaults.numLayers)
    .option("--num-heads <n>", "heads in each layer", wholeNumber(1), datesDefaults.numHeads)
    .option("--dropout <p>", "dropout probability", numberIn(0, 0.99), datesDefaults.dropout)
    .addOption(precisionOption())
    .option("--seed <n>", "seed of weights and data", wholeNumber(0), datesDefaults.seed);
  addRunOptions(command, "dates");
  command.option("--test-size <n>", "held-out dates in the last test", wholeNumber(1), finalEvaluationSize);
  for (const option of backendOptions()) command.addOption(option);
  return command.action((options: Options) => trainDates(options));
}

/** What is to be trained; `resumed` is the run that goes on, null for a new one. */
async function planRun(options: Options): Promise<{ resumed: RunFolder | null; config: DatesConfig }> {
  if (options.resume !== undefined) {
    const run = options.resume === true ? RunFolder.latest("dates") : RunFolder.open(options.resume);
    const config = parseRunConfig(await run.config(), run.path);
    if (config.task !== "dates")
      throw new UsageError(`${run.path} is a run of "${config.task}", not of "dates"`);
    const { fingerprint } = new DateTask();
    if (config.fingerprint !== fingerprint) {
      throw new UsageError(
        `${run.path} was begun with other date texts (${config.fingerprint}, now ${fingerprint}): resume it with the Node that began it`,
      );
    }
    return { resumed: run, config };
  }
  requireHeads(options);
  const { seed, steps, batchSize, learningRate, dropout, embedDim, numLayers, numHeads, dtype } = options;
  const { sourceAlphabet, fingerprint } = new DateTask();
  const config: DatesConfig = {
    ...datesDefaults,
    sourceAlphabet,
    fingerprint,
    seed,
    steps,
    batchSize,
    learningRate,
    dropout,
    embedDim,
    numLayers,
    numHeads,
    dtype,
  };
  return { resumed: null, config };
}

async function trainDates(options: Options): Promise<void> {
  const { resumed, config } = await planRun(options);
  const backend = await openBackend(options, config.dtype);
  try {
    const task = new DatesTask(config, new DateTask());
    // What is refused so far leaves no folder behind.
    const run = resumed ?? (await RunFolder.create("dates", options.out, config));
    console.log(`Run folder: ${run.path}`);
    console.log(`Computing on: ${describeBackend(backend)}`);
    console.log(`Model: encoder-decoder Transformer, ${task.model.countParameters()} parameters\n`);
    const outcome = await train(task, run, { resume: resumed !== null });
    if (!outcome.finished) {
      console.log(
        `\nStopped after step ${outcome.step} of ${task.steps}. Go on with: npm run saccade -- train dates --resume ${run.path}`,
      );
      process.exitCode = 130;
      return;
    }
    const exact = await finalAccuracy(task, options.testSize);
    console.log(
      `\nTrained in ${formatDuration(outcome.seconds)}. Held-out dates read without a mistake: ${(100 * exact).toFixed(2)} %\n`,
    );
    await run.appendMetrics({ step: task.steps, finalExactMatch: exact });
    const page = await writeDatesReport(task, run, shownExamples, console.log);
    console.log(`\nAttention of these examples: ${page}`);
    console.log(`Try your own: npm run saccade -- predict ${run.path} "3. März 2026"`);
  } finally {
    await backend.dispose();
  }
}

async function finalAccuracy(task: DatesTask, count: number): Promise<number> {
  using progress = new Progress("testing", count);
  return task.exactMatch(count, (done) => progress.update(done));
}
