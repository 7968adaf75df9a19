import { checkOptions } from "../errors.ts";
import { WordPieceModel, type WordPieceOptions } from "../models/wordpiece/word-piece-model.ts";
import type { Trainer, TrainingProgress } from "../pipeline/trainer.ts";
import {
  type BpeTrainingOptions,
  type BpeTrainingPlan,
  bpeTrainingOptions,
  learnBpe,
  planBpeTraining,
  withIds,
} from "./bpe/learn-bpe.ts";

/** Options of the training (`continuingSubwordPrefix` is `"##"` by default), and of the model that comes out. */
export interface WordPieceTrainerOptions
  extends BpeTrainingOptions,
    Pick<WordPieceOptions, "unkToken" | "maxInputCharsPerWord"> {}

/**
 * Learns a WordPiece vocabulary by byte-pair merges, as Hugging Face's trainer does. (The original chose pairs
 * by likelihood, Schuster and Nakajima 2012; its code was never published.)
 *
 * @example
 * const trainer = new WordPieceTrainer({ vocabSize: 6, specialTokens: ["[UNK]"] });
 * const steps = trainer.train(new Map([["abb", 5]]));
 * let step = steps.next();
 * while (!step.done) step = steps.next();
 * Object.keys(step.value.vocab.toJSON()); // => ["[UNK]", "a", "b", "##b", "ab", "abb"]
 */
export class WordPieceTrainer implements Trainer {
  readonly #plan: BpeTrainingPlan;
  readonly #options: WordPieceTrainerOptions;

  constructor(options: WordPieceTrainerOptions = {}) {
    checkOptions("WordPieceTrainer", options, [...bpeTrainingOptions, "unkToken", "maxInputCharsPerWord"]);
    this.#plan = planBpeTraining("WordPieceTrainer", { continuingSubwordPrefix: "##", ...options });
    this.#options = options;
  }

  get specialTokens(): readonly string[] {
    return this.#plan.specialTokens;
  }

  /** @param words  the words and how often each occurs */
  *train(words: ReadonlyMap<string, number>): Generator<TrainingProgress, WordPieceModel, void> {
    const { tokens } = yield* learnBpe(words, this.#plan);
    return new WordPieceModel({
      vocab: withIds(tokens),
      unkToken: this.#options.unkToken ?? "[UNK]",
      continuingSubwordPrefix: this.#plan.prefix,
      maxInputCharsPerWord: this.#options.maxInputCharsPerWord ?? 100,
    });
  }
}
