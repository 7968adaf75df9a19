import { checkOptions } from "../errors.ts";
import { BpeModel, type BpeOptions } from "../models/bpe/bpe-model.ts";
import type { Trainer, TrainingProgress } from "../pipeline/trainer.ts";
import {
  type BpeTrainingOptions,
  type BpeTrainingPlan,
  bpeTrainingOptions,
  learnBpe,
  planBpeTraining,
  withIds,
} from "./bpe/learn-bpe.ts";

type ModelOptions = Pick<BpeOptions, "unkToken" | "fuseUnk" | "byteFallback" | "ignoreMerges" | "dropout">;

/** Options of the training, and of the model that comes out. */
export interface BpeTrainerOptions extends BpeTrainingOptions, ModelOptions {}

const modelOptions = ["unkToken", "fuseUnk", "byteFallback", "ignoreMerges", "dropout"] as const;

/**
 * Learns a byte-pair encoding: starting from characters, the most frequent pair of neighbours becomes a token,
 * until there are `vocabSize` tokens. Of pairs that are equally frequent, the one with the smaller ids comes
 * first.
 *
 * Equal to Hugging Face's trainer where that is determined. With a prefix or suffix it gives ids to characters
 * in the order of a hash table, which changes from run to run; here that order is by code point.
 *
 * @see Sennrich, Haddow, Birch 2016, arXiv:1508.07909, section 3.2
 * @example
 * const trainer = new BpeTrainer({ vocabSize: 7 });
 * const steps = trainer.train(new Map([["low", 5], ["lot", 2]]));
 * let step = steps.next();
 * while (!step.done) step = steps.next();
 * Object.keys(step.value.vocab.toJSON()); // => ["l", "o", "t", "w", "lo", "low", "lot"]
 */
export class BpeTrainer implements Trainer {
  readonly #plan: BpeTrainingPlan;
  readonly #options: BpeTrainerOptions;

  constructor(options: BpeTrainerOptions = {}) {
    checkOptions("BpeTrainer", options, [...bpeTrainingOptions, ...modelOptions]);
    this.#plan = planBpeTraining("BpeTrainer", options);
    this.#options = options;
  }

  get specialTokens(): readonly string[] {
    return this.#plan.specialTokens;
  }

  /** @param words  the words and how often each occurs */
  *train(words: ReadonlyMap<string, number>): Generator<TrainingProgress, BpeModel, void> {
    const { tokens, merges } = yield* learnBpe(words, this.#plan);
    const { unkToken, fuseUnk, byteFallback, ignoreMerges, dropout } = this.#options;
    return new BpeModel({
      vocab: withIds(tokens),
      merges,
      unkToken,
      dropout,
      continuingSubwordPrefix: this.#plan.prefix || undefined,
      endOfWordSuffix: this.#plan.suffix || undefined,
      fuseUnk: fuseUnk ?? false,
      byteFallback: byteFallback ?? false,
      ignoreMerges: ignoreMerges ?? false,
    });
  }
}
