import { checkOptions } from "../errors.ts";
import type { Normalizer, PreTokenizer } from "../pipeline/roles.ts";
import type { Trainer, TrainingProgress } from "../pipeline/trainer.ts";
import type { PipelineTokenizerOptions } from "../pipeline-options.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { WordCounter } from "./word-counter.ts";

/** The parts around a model that is yet to be trained. */
export type TrainingPipeline = Omit<PipelineTokenizerOptions, "model" | "addedTokens">;

export interface TrainTokenizerOptions {
  /** Told how far the training has come, about ten times a second and at the beginning of each stage. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops the training; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How long to work before other tasks of the program get a turn, milliseconds. */
const SLICE = 100;

/**
 * Trains a tokenizer: each text goes through normalizer and pre-tokenizer, the words are counted, and the
 * trainer learns a model from them. The same texts give the same tokenizer.
 *
 * Texts are read one by one and not kept; memory grows with the number of distinct words. A training that is
 * stopped or fails leaves nothing behind.
 *
 * @param pipeline  the parts around the model; the tokenizer has them, too
 * @param trainer  what to learn; its special tokens become added tokens
 * @param texts  lines, documents ...; each is cut into words by itself
 * @throws TokenizerError for options that do not exist
 * @example
 * const texts = ["low lower lowest", "new newer newest"];
 * const pipeline = { preTokenizer: new WhitespaceSplit() };
 * const tokenizer = await trainTokenizer(pipeline, new BpeTrainer({ vocabSize: 16 }), texts);
 * tokenizer.encode("slower").tokens; // => ["s", "lower"]
 */
export async function trainTokenizer(
  pipeline: TrainingPipeline,
  trainer: Trainer,
  texts: Iterable<string> | AsyncIterable<string>,
  options: TrainTokenizerOptions = {},
): Promise<PipelineTokenizer> {
  checkOptions("trainTokenizer", options, ["onProgress", "signal"]);
  const turns = new Turns(options);
  const words = await countWords(pipeline.normalizer, pipeline.preTokenizer, texts, turns);
  const steps = trainer.train(words);
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    const turn = turns.report(step.value);
    if (turn !== undefined) await turn;
  }
  options.signal?.throwIfAborted();
  return new PipelineTokenizer({
    ...pipeline,
    model: step.value,
    addedTokens: trainer.specialTokens.map((content) => ({ content, special: true })),
  });
}

async function countWords(
  normalizer: Normalizer | undefined,
  preTokenizer: PreTokenizer | undefined,
  texts: Iterable<string> | AsyncIterable<string>,
  turns: Turns,
): Promise<ReadonlyMap<string, number>> {
  const counter = new WordCounter(normalizer, preTokenizer);
  let read = 0;
  await turns.report({ stage: "read", done: 0, total: undefined });
  const add = (text: string): Promise<void> | undefined => {
    counter.add(text);
    read += text.length;
    return turns.report({ stage: "read", done: read, total: undefined });
  };
  if (Symbol.asyncIterator in texts) {
    for await (const text of texts) await add(text);
  } else {
    for (const text of texts) {
      const turn = add(text);
      if (turn !== undefined) await turn;
    }
  }
  await turns.report({ stage: "read", done: read, total: read });
  return counter.counts();
}

/** Reports, stops, and lets other tasks run, all now and then. */
class Turns {
  readonly #options: TrainTokenizerOptions;
  #stage: TrainingProgress["stage"] | undefined;
  #since = 0;

  constructor(options: TrainTokenizerOptions) {
    this.#options = options;
  }

  /** @returns a promise only where there is something to wait for */
  report(progress: TrainingProgress): Promise<void> | undefined {
    const isDue = performance.now() - this.#since >= SLICE;
    if (this.#stage === progress.stage && !isDue) return undefined;
    this.#stage = progress.stage;
    this.#options.onProgress?.(progress);
    this.#options.signal?.throwIfAborted();
    return isDue ? this.#pause() : undefined;
  }

  async #pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.#options.signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
