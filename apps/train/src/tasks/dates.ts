import { ArgumentError, argmax, cast, eq, Key, mean, type Tensor, tensor, tidy } from "@saccade/core";
import { AdamW, cosineWithWarmup, type Optimizer } from "@saccade/core/optim";
import { CharTokenizer, encodeBatch } from "@saccade/tokenizers";
import { Seq2SeqTransformer, translate } from "@saccade/transformer";
import type { DateSplit } from "../dates/index.ts";
import { DateTask } from "../dates/index.ts";
import type { Shown } from "../trainer/progress.ts";
import type { Precision, TrainingTask } from "../trainer/training-task.ts";

/** All that a dates run depends on. */
export interface DatesConfig {
  /** The characters that sources are made of: they come from the engine's language data, so they are kept. */
  readonly sourceAlphabet: string;
  /** `DateTask.fingerprint`: tells whether another engine would write other texts. */
  readonly fingerprint: string;
  readonly task: "dates";
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly embedDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly dtype: Precision;
}

export const datesDefaults: Omit<DatesConfig, "sourceAlphabet" | "fingerprint"> = {
  task: "dates",
  seed: 0,
  steps: 1500,
  batchSize: 64,
  learningRate: 3e-3,
  embedDim: 96,
  numLayers: 2,
  numHeads: 4,
  dropout: 0,
  dtype: "f32",
};

/** Held-out dates in an evaluation during training, and in the last one. */
const evaluationSize = 256;
export const finalEvaluationSize = 2000;
const warmupSteps = 100;

/** Reads dates as people write them, writes ISO 8601: tokenizers, model and decoding in one. */
export class DateTranslator {
  readonly model: Seq2SeqTransformer;
  readonly sourceTokenizer: CharTokenizer;
  readonly targetTokenizer: CharTokenizer;

  constructor(config: DatesConfig) {
    const special = { pad: "<pad>", unk: "<unk>" };
    this.sourceTokenizer = CharTokenizer.train(config.sourceAlphabet, { specialTokens: special });
    this.targetTokenizer = CharTokenizer.train(DateTask.targetAlphabet, {
      specialTokens: { bos: "<bos>", eos: "<eos>" },
    });
    const { embedDim, numHeads, numLayers, dropout } = config;
    this.model = new Seq2SeqTransformer(
      {
        sourceVocabSize: this.sourceTokenizer.vocabSize,
        targetVocabSize: this.targetTokenizer.vocabSize,
        maxLength: DateTask.maxSourceLength,
        embedDim,
        numHeads,
        numEncoderLayers: numLayers,
        numDecoderLayers: numLayers,
        activation: "gelu",
        normFirst: true,
        dropout,
      },
      { key: new Key(config.seed) },
    );
  }

  /** ids `[B, S]` i32 and mask u8 `[B, S]`. */
  encodeSources(texts: readonly string[]): { source: Tensor; sourceMask: Tensor } {
    for (const text of texts) {
      const length = [...text].length;
      if (length === 0) throw new ArgumentError("the text is empty");
      if (length > DateTask.maxSourceLength) {
        throw new ArgumentError(
          `the text has ${length} characters, the model reads ${DateTask.maxSourceLength} ("${text}")`,
        );
      }
    }
    const { ids, mask, shape } = encodeBatch(this.sourceTokenizer, texts);
    return { source: tensor(ids, { shape }), sourceMask: tensor(mask, { shape }) };
  }

  /** Target ids with the start token in front `[B, T]`, and with the end token behind. */
  encodeTargets(isos: readonly string[]): { input: Tensor; target: Tensor } {
    const { bosId, eosId } = this.specialIds();
    const rows = isos.map((iso) =>
      Array.from(this.targetTokenizer.encode(iso, { addSpecialTokens: false }).ids),
    );
    const shape = [rows.length, DateTask.targetLength + 1];
    return {
      input: tensor(Int32Array.from(rows.flatMap((row) => [bosId, ...row])), { shape }),
      target: tensor(Int32Array.from(rows.flatMap((row) => [...row, eosId])), { shape }),
    };
  }

  /** The dates that the model reads in the texts. */
  async translate(texts: readonly string[]): Promise<string[]> {
    const { bosId, eosId } = this.specialIds();
    const { source, sourceMask } = this.encodeSources(texts);
    try {
      const options = { startId: bosId, endId: eosId, maxNewTokens: DateTask.targetLength + 1 };
      const rows = await translate(this.model, source, sourceMask, options);
      return rows.map((ids) => this.targetTokenizer.decode(ids));
    } finally {
      source.dispose();
      sourceMask.dispose();
    }
  }

  /** Where each character of an answer looks in the text: one `[1, H, T, S]` a layer; row T - 1 writes the end. */
  crossWeights(text: string, answer: string): Tensor[] {
    const { bosId } = this.specialIds();
    return tidy(() => {
      const ids = [bosId, ...this.targetTokenizer.encode(answer, { addSpecialTokens: false }).ids];
      return this.model.crossWeights({
        ...this.encodeSources([text]),
        input: tensor([ids], { dtype: "i32" }),
      });
    });
  }

  private specialIds(): { bosId: number; eosId: number } {
    const { bosId, eosId } = this.targetTokenizer.specialTokens;
    if (bosId === undefined || eosId === undefined)
      throw new ArgumentError("the target tokenizer has no start or end token");
    return { bosId, eosId };
  }
}

/** Share of the target tokens that are the likeliest ones. */
function tokenAccuracy(logits: Tensor, target: Tensor): Tensor {
  return mean(cast(eq(argmax(logits, -1), target), "f32"));
}

/** Trains a DateTranslator. */
export class DatesTask implements TrainingTask {
  readonly name = "dates";
  readonly translator: DateTranslator;
  readonly model: Seq2SeqTransformer;
  readonly optimizer: Optimizer;
  readonly steps: number;
  readonly clipNorm = 1;
  readonly evaluateEvery = 250;
  readonly dtype: Precision;
  readonly tokensPerStep: number;
  private readonly config: DatesConfig;
  private readonly dates: DateTask;

  constructor(config: DatesConfig, dates: DateTask) {
    this.config = config;
    this.dates = dates;
    this.translator = new DateTranslator(config);
    this.model = this.translator.model;
    this.steps = config.steps;
    const lr = cosineWithWarmup({
      lr: config.learningRate,
      warmupSteps: Math.min(warmupSteps, config.steps),
      totalSteps: config.steps,
    });
    this.optimizer = new AdamW(this.model.parameters(), { lr, betas: [0.9, 0.98], weightDecay: 0.01 });
    this.dtype = config.dtype;
    this.tokensPerStep = config.batchSize * (DateTask.targetLength + 1);
  }

  loss(step: number, logged: boolean) {
    const { batchSize, seed, dropout } = this.config;
    const examples = this.examples("train", step * batchSize, batchSize);
    const batch = {
      ...this.translator.encodeSources(examples.map(({ text }) => text)),
      ...this.translator.encodeTargets(examples.map(({ iso }) => iso)),
    };
    const logits = this.model.forward(batch, { key: dropout > 0 ? new Key(seed).fold(step) : undefined });
    const loss = this.model.lossOf(logits, batch.target);
    return logged ? { loss, aux: { accuracy: tokenAccuracy(logits, batch.target) } } : loss;
  }

  async evaluate(): Promise<{ exactMatch: number }> {
    return { exactMatch: await this.exactMatch(evaluationSize) };
  }

  /** Share of the first `count` held-out dates that are read without a mistake. */
  async exactMatch(count: number, onProgress: (done: number) => void = () => {}): Promise<number> {
    const size = 128;
    let right = 0;
    for (let start = 0; start < count; start += size) {
      const examples = this.examples("heldOut", start, Math.min(size, count - start));
      const answers = await this.translator.translate(examples.map(({ text }) => text));
      right += answers.filter((answer, i) => answer === examples[i].iso).length;
      onProgress(start + examples.length);
    }
    return right / count;
  }

  examples(split: DateSplit, start: number, count: number) {
    return Array.from({ length: count }, (_, i) => this.dates.example(this.config.seed, start + i, split));
  }

  show(figures: Readonly<Record<string, number>>): Shown {
    const percent = (value: number | undefined) =>
      value === undefined ? "-" : `${(100 * value).toFixed(1)} %`;
    return {
      loss: (figures.loss ?? Number.NaN).toFixed(3),
      accuracy: percent(figures.accuracy),
      "held-out exact": percent(figures.exactMatch),
    };
  }
}
