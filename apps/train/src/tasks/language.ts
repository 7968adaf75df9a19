import { Key, noGrad, tensor, tidy } from "@saccade/core";
import { AdamW, type Optimizer } from "@saccade/core/optim";
import { writeFileAtomic } from "@saccade/core/safetensors/node";
import { CharTokenizer } from "@saccade/tokenizers";
import { Gpt, type GptConfig, type LanguageBatch } from "@saccade/transformer";
import { UsageError } from "../errors.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { Shown } from "../trainer/progress.ts";
import type { Precision, TrainingTask } from "../trainer/training-task.ts";
import { EpochWindows } from "./epoch-windows.ts";

/** All that a language run depends on, but for its text. */
export interface LanguageConfig {
  readonly task: "lm";
  /** Path of the text. */
  readonly data: string;
  /** Tells whether the text is still the same. */
  readonly dataSha256: string;
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

/** nanoGPT's configuration for a CPU. */
export const languageDefaults: Omit<LanguageConfig, "data" | "dataSha256"> = {
  task: "lm",
  seed: 0,
  steps: 2000,
  batchSize: 12,
  learningRate: 1e-3,
  contextLength: 64,
  embedDim: 128,
  numLayers: 4,
  numHeads: 4,
  dropout: 0,
  dtype: "f32",
};

/** The model of a run. */
export function gptConfig(config: LanguageConfig, vocabSize: number): GptConfig {
  const { contextLength, embedDim, numLayers, numHeads, dropout } = config;
  return { vocabSize, contextLength, embedDim, numLayers, numHeads, dropout, bias: false };
}

const warmupSteps = 100;
/** Share of the steps over which the learning rate falls at the end. */
const decayShare = 0.25;
const weightDecay = 0.1;
/** Set the draws of windows apart from those of dropout, which fold by the step. */
const trainingStream = 0xfffffffe;
const evaluationStream = 0xffffffff;
/** Batches in each evaluation during training, as nanoGPT's `eval_iters` for a CPU. */
const evaluationBatches = 20;

/** Learns to continue a text, character by character: the first 90 % for training, the rest for validation. */
export class LanguageTask implements TrainingTask {
  readonly name = "lm";
  readonly tokenizer: CharTokenizer;
  readonly model: Gpt;
  readonly optimizer: Optimizer;
  readonly steps: number;
  readonly clipNorm = 1;
  readonly evaluateEvery = 250;
  readonly dtype: Precision;
  readonly tokensPerStep: number;
  private readonly config: LanguageConfig;
  private readonly training: Int32Array;
  private readonly validation: Int32Array;
  private readonly windows: EpochWindows;

  constructor(config: LanguageConfig, text: string) {
    this.config = config;
    this.tokenizer = CharTokenizer.train(text);
    const ids = Int32Array.from(this.tokenizer.encode(text).ids);
    const border = Math.floor(ids.length * 0.9);
    this.training = ids.subarray(0, border);
    this.validation = ids.subarray(border);
    if (this.validation.length <= config.contextLength) {
      throw new UsageError(
        `${config.data}: too short; a tenth of it must be longer than the context (${ids.length} characters)`,
      );
    }
    const stream = new Key(config.seed).fold(trainingStream);
    this.windows = new EpochWindows(stream, this.training.length, config.contextLength);
    this.model = new Gpt(gptConfig(config, this.tokenizer.vocabSize), { key: new Key(config.seed) });
    this.steps = config.steps;
    this.optimizer = this.createOptimizer();
    this.dtype = config.dtype;
    this.tokensPerStep = config.batchSize * config.contextLength;
  }

  /** Writes the tokenizer beside the checkpoints. */
  async saveTokenizer(run: RunFolder): Promise<void> {
    await writeFileAtomic(
      run.file("tokenizer.json"),
      new TextEncoder().encode(JSON.stringify(this.tokenizer.toJSON())),
    );
  }

  /** Matrices decay; norms do not, as in nanoGPT. */
  private createOptimizer(): Optimizer {
    const { learningRate, steps } = this.config;
    const parameters = this.model.parameters();
    const lr = trapezoid(learningRate, steps);
    return new AdamW(
      [
        { params: parameters.filter(({ rank }) => rank >= 2), weightDecay },
        { params: parameters.filter(({ rank }) => rank < 2), weightDecay: 0 },
      ],
      { lr, betas: [0.9, 0.99] },
    );
  }

  loss(step: number) {
    const batch = this.batch(this.training, this.startsOfBatch(this.windows, step));
    const key = this.config.dropout > 0 ? new Key(this.config.seed).fold(step) : undefined;
    return this.model.loss(batch, { key });
  }

  private startsOfBatch(windows: EpochWindows, batch: number): number[] {
    const { batchSize } = this.config;
    return Array.from({ length: batchSize }, (_, row) => windows.start(batch * batchSize + row));
  }

  /** Windows of a text that begin at `starts`, and what follows each character. */
  private batch(ids: Int32Array, starts: readonly number[]): LanguageBatch {
    const { contextLength } = this.config;
    const shape = [starts.length, contextLength];
    const input = new Int32Array(starts.length * contextLength);
    const target = new Int32Array(starts.length * contextLength);
    for (const [row, start] of starts.entries()) {
      input.set(ids.subarray(start, start + contextLength), row * contextLength);
      target.set(ids.subarray(start + 1, start + 1 + contextLength), row * contextLength);
    }
    return { input: tensor(input, { shape }), target: tensor(target, { shape }) };
  }

  /** An estimate from random windows of the validation text: the same ones every time. */
  async evaluate(): Promise<{ valLoss: number }> {
    const { seed, contextLength } = this.config;
    const windows = new EpochWindows(
      new Key(seed).fold(evaluationStream),
      this.validation.length,
      contextLength,
    );
    let total = 0;
    for (let i = 0; i < evaluationBatches; i++) {
      total += await this.meanLoss(() => this.batch(this.validation, this.startsOfBatch(windows, i)));
    }
    return { valLoss: total / evaluationBatches };
  }

  /** Mean loss over the whole validation text, in windows that do not overlap, nats per character. */
  async validationLoss(onProgress: (done: number, windows: number) => void = () => {}): Promise<number> {
    const { batchSize, contextLength } = this.config;
    const windows = Math.floor((this.validation.length - 1) / contextLength);
    let total = 0;
    for (let first = 0; first < windows; first += batchSize) {
      const count = Math.min(batchSize, windows - first);
      const starts = Array.from({ length: count }, (_, i) => (first + i) * contextLength);
      total += count * (await this.meanLoss(() => this.batch(this.validation, starts)));
      onProgress(first + count, windows);
    }
    return total / windows;
  }

  private async meanLoss(batch: () => LanguageBatch): Promise<number> {
    using loss = tidy(() => noGrad(() => this.model.loss(batch())));
    return loss.item();
  }

  show(figures: Readonly<Record<string, number>>): Shown {
    return { loss: (figures.loss ?? Number.NaN).toFixed(3), "val loss": figures.valLoss?.toFixed(3) ?? "-" };
  }
}

/**
 * Warms up, holds, then falls in a line: so short a run learns more so than under a cosine, which falls from the start.
 *
 * @see Hägele et al. 2024, arXiv:2405.18392
 */
function trapezoid(lr: number, steps: number): (step: number) => number {
  const decaySteps = Math.max(1, Math.round(decayShare * steps));
  return (step) => lr * Math.min(1, (step + 1) / Math.min(warmupSteps, steps), (steps - step) / decaySteps);
}
