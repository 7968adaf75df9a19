import { ArgumentError, Key, noGrad, tensor, tidy } from "@saccade/core";
import { AdamW, type Optimizer } from "@saccade/core/optim";
import { writeFileAtomic } from "@saccade/core/safetensors/node";
import { CharTokenizer } from "@saccade/tokenizers";
import { Gpt, type GptConfig, type LanguageBatch } from "@saccade/transformer";
import { UsageError } from "../errors.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { Shown } from "../trainer/progress.ts";
import type { TrainingTask } from "../trainer/training-task.ts";
import { randomStarts } from "./random-starts.ts";

/** All that a language run depends on, but for its text. */
export interface LanguageConfig {
  readonly task: "lm";
  /** Path of the text. */
  readonly data: string;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly contextLength: number;
  readonly embedDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly dropout: number;
}

/** nanoGPT's configuration for a CPU. */
export const languageDefaults: Omit<LanguageConfig, "data"> = {
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
};

/** The model of a run. */
export function gptConfig(config: LanguageConfig, vocabSize: number): GptConfig {
  const { contextLength, embedDim, numLayers, numHeads, dropout } = config;
  return { vocabSize, contextLength, embedDim, numLayers, numHeads, dropout, bias: false };
}

const warmupSteps = 100;
const weightDecay = 0.1;
/** Batches in each evaluation, as nanoGPT's `eval_iters` for a CPU. */
const evaluationBatches = 20;
/** Batches in the last evaluation, for a figure that depends less on luck. */
const lastEvaluationBatches = 200;

/** Learns to continue a text, character by character: the first 90 % for training, the rest for validation. */
export class LanguageTask implements TrainingTask {
  readonly name = "lm";
  readonly tokenizer: CharTokenizer;
  readonly model: Gpt;
  readonly optimizer: Optimizer;
  readonly steps: number;
  readonly clipNorm = 1;
  readonly evaluateEvery = 250;
  readonly tokensPerStep: number;
  private readonly config: LanguageConfig;
  private readonly training: Int32Array;
  private readonly validation: Int32Array;

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
    this.model = new Gpt(gptConfig(config, this.tokenizer.vocabSize), { key: new Key(config.seed) });
    this.steps = config.steps;
    this.optimizer = this.createOptimizer();
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
    const lr = nanoGptSchedule(learningRate, steps);
    return new AdamW(
      [
        { params: parameters.filter(({ rank }) => rank >= 2), weightDecay },
        { params: parameters.filter(({ rank }) => rank < 2), weightDecay: 0 },
      ],
      { lr, betas: [0.9, 0.99] },
    );
  }

  loss(step: number) {
    const key = new Key(this.config.seed).fold(step);
    const batch = this.batch(this.training, key.fold(0));
    return this.model.loss(batch, { key: this.config.dropout > 0 ? key.fold(1) : undefined });
  }

  /** Random windows of a text, and what follows each character. */
  private batch(ids: Int32Array, key: Key): LanguageBatch {
    const { batchSize, contextLength } = this.config;
    const shape = [batchSize, contextLength];
    const input = new Int32Array(batchSize * contextLength);
    const target = new Int32Array(batchSize * contextLength);
    randomStarts(key, batchSize, ids.length - contextLength).forEach((start, row) => {
      input.set(ids.subarray(start, start + contextLength), row * contextLength);
      target.set(ids.subarray(start + 1, start + 1 + contextLength), row * contextLength);
    });
    return { input: tensor(input, { shape }), target: tensor(target, { shape }) };
  }

  async evaluate(): Promise<{ valLoss: number }> {
    return { valLoss: await this.validationLoss(evaluationBatches) };
  }

  /** Mean validation loss over random batches, nats per character; the same batches every time. */
  async validationLoss(
    batches = lastEvaluationBatches,
    onProgress: (done: number) => void = () => {},
  ): Promise<number> {
    if (!(batches > 0)) throw new ArgumentError(`validationLoss: needs at least one batch (got ${batches})`);
    const key = new Key(this.config.seed).fold(0xe7a1);
    let total = 0;
    for (let i = 0; i < batches; i++) {
      using loss = tidy(() => noGrad(() => this.model.loss(this.batch(this.validation, key.fold(i)))));
      total += await loss.item();
      onProgress(i + 1);
    }
    return total / batches;
  }

  show(figures: Readonly<Record<string, number>>): Shown {
    return { loss: (figures.loss ?? Number.NaN).toFixed(3), "val loss": figures.valLoss?.toFixed(3) ?? "-" };
  }
}

/** Linear warm-up, then a cosine down to a tenth. */
function nanoGptSchedule(lr: number, steps: number): (step: number) => number {
  const warmup = Math.min(warmupSteps, steps);
  return (step) => {
    if (step < warmup) return (lr * (step + 1)) / (warmup + 1);
    const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
    return lr * (0.1 + 0.45 * (1 + Math.cos(Math.PI * progress)));
  };
}
