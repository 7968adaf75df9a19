import { checkOptions } from "../errors.ts";
import { WordLevelModel } from "../models/wordlevel/word-level-model.ts";
import type { Trainer, TrainingProgress } from "../pipeline/trainer.ts";
import { withIds } from "./bpe/learn-bpe.ts";
import { compareCodePoints } from "./code-point-order.ts";
import { checkSpecialTokens, wholeNumber } from "./trainer-options.ts";

export interface WordLevelTrainerOptions {
  /** Number of tokens at most, special tokens included. Default 30,000. */
  readonly vocabSize?: number;
  /** Words that are less frequent are left out. Default 0. */
  readonly minFrequency?: number;
  /** They get the first ids. Default: none. */
  readonly specialTokens?: readonly string[];
  /** The model's token for other words. Default `"<unk>"`. */
  readonly unkToken?: string;
}

/**
 * A vocabulary of the most frequent words; of those equally frequent, by code points.
 *
 * @example
 * const steps = new WordLevelTrainer({ vocabSize: 2 }).train(new Map([["b", 1], ["a", 1], ["c", 2]]));
 * let step = steps.next();
 * while (!step.done) step = steps.next();
 * step.value.vocab.toJSON(); // => { c: 0, a: 1 }
 */
export class WordLevelTrainer implements Trainer {
  readonly specialTokens: readonly string[];
  readonly #vocabSize: number;
  readonly #minFrequency: number;
  readonly #unkToken: string;

  constructor(options: WordLevelTrainerOptions = {}) {
    const operation = "WordLevelTrainer";
    checkOptions(operation, options, ["vocabSize", "minFrequency", "specialTokens", "unkToken"]);
    this.specialTokens = checkSpecialTokens(operation, options.specialTokens);
    this.#vocabSize = wholeNumber(operation, "vocabSize", options.vocabSize, 30_000, 1);
    this.#minFrequency = wholeNumber(operation, "minFrequency", options.minFrequency, 0);
    this.#unkToken = options.unkToken ?? "<unk>";
  }

  /** @param words  the words and how often each occurs */
  *train(words: ReadonlyMap<string, number>): Generator<TrainingProgress, WordLevelModel, void> {
    const kept = [...words].filter(
      ([word, count]) => count >= this.#minFrequency && !this.specialTokens.includes(word),
    );
    kept.sort(([a, countA], [b, countB]) => countB - countA || compareCodePoints(a, b));
    const tokens = [...this.specialTokens, ...kept.map(([word]) => word)].slice(0, this.#vocabSize);
    return new WordLevelModel({ vocab: withIds(tokens), unkToken: this.#unkToken });
  }
}
