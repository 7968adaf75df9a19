import { checkOptions, show, TokenizerError } from "../errors.ts";
import { UnigramModel } from "../models/unigram/unigram-model.ts";
import type { Trainer, TrainingProgress } from "../pipeline/trainer.ts";
import { compareCodePoints } from "./code-point-order.ts";
import { checkAlphabet, checkSpecialTokens, wholeNumber } from "./trainer-options.ts";
import { makeCorpus } from "./unigram/corpus.ts";
import { learnPieces, type PieceLimits, type ScoredPieces } from "./unigram/learn-pieces.ts";

export interface UnigramTrainerOptions {
  /** Number of tokens, special tokens included. Default 8000. */
  readonly vocabSize?: number;
  /** They get the first ids, with score 0. Default: none. */
  readonly specialTokens?: readonly string[];
  /** The token for unknown characters; where it is not among the special tokens, it comes before them. */
  readonly unkToken?: string;
  /** Characters that get a token whether they occur or not. Default: none. */
  readonly initialAlphabet?: Iterable<string>;
  /** Share of the pieces that each pruning leaves, in (0, 1). Default 0.75. */
  readonly shrinkingFactor?: number;
  /** EM iterations between two prunings. Default 2. */
  readonly subIterations?: number;
  /** Longest piece, in characters. Default 16. */
  readonly maxPieceLength?: number;
  /** Number of pieces to begin with, at most. Default 1,000,000. */
  readonly seedSize?: number;
  /** The model's: unknown text becomes the tokens of its bytes. Default `false`. */
  readonly byteFallback?: boolean;
}

/** By how much the scores of characters differ that the training has dropped. */
const PENALTY_STEP = 0.0001;

/**
 * Learns a unigram language model over pieces of words: all frequent substrings to begin with, then by turns EM
 * and pruning. All characters that occur have a token in the end.
 *
 * Pieces are those of Hugging Face's trainer, scores to about 1e-10: it sums in the order of a hash table,
 * which changes from run to run.
 *
 * @see Kudo 2018, Subword regularization, arXiv:1804.10959, section 3.2
 * @example
 * const trainer = new UnigramTrainer({ vocabSize: 6, specialTokens: ["<unk>"], unkToken: "<unk>" });
 * const steps = trainer.train(new Map([["abab", 4], ["ab", 9], ["c", 2]]));
 * let step = steps.next();
 * while (!step.done) step = steps.next();
 * step.value.options.vocab.map(([token]) => token).slice(0, 2); // => ["<unk>", "ab"]
 */
export class UnigramTrainer implements Trainer {
  readonly specialTokens: readonly string[];
  readonly #options: UnigramTrainerOptions;
  readonly #limits: PieceLimits;
  readonly #initialAlphabet: readonly string[];

  constructor(options: UnigramTrainerOptions = {}) {
    const operation = "UnigramTrainer";
    checkOptions(operation, options, optionNames);
    this.#options = options;
    this.specialTokens = checkSpecialTokens(operation, options.specialTokens);
    this.#initialAlphabet = checkAlphabet(operation, options.initialAlphabet);
    const shrinkingFactor = options.shrinkingFactor ?? 0.75;
    if (!(shrinkingFactor > 0 && shrinkingFactor < 1)) {
      throw new TokenizerError(
        `${operation}: shrinkingFactor must be greater than 0 and less than 1 (got ${show(shrinkingFactor)})`,
      );
    }
    this.#limits = {
      vocabSize: wholeNumber(operation, "vocabSize", options.vocabSize, 8000, 1),
      seedSize: wholeNumber(operation, "seedSize", options.seedSize, 1_000_000),
      maxPieceLength: wholeNumber(operation, "maxPieceLength", options.maxPieceLength, 16, 1),
      subIterations: wholeNumber(operation, "subIterations", options.subIterations, 2, 1),
      shrinkingFactor,
    };
  }

  /**
   * @param words  the words and how often each occurs
   * @throws TokenizerError where there are more characters than the vocabulary has room for
   */
  *train(words: ReadonlyMap<string, number>): Generator<TrainingProgress, UnigramModel, void> {
    const { unkToken, byteFallback } = this.#options;
    const special = [...this.specialTokens];
    if (unkToken !== undefined && !special.includes(unkToken)) special.unshift(unkToken);
    const room = this.#limits.vocabSize - special.length;

    const chars = new Set(this.#initialAlphabet);
    for (const word of words.keys()) for (const char of word) chars.add(char);
    if (chars.size > room) {
      throw new TokenizerError(
        `UnigramTrainer.train: a vocabulary of ${this.#limits.vocabSize} has no room for ${chars.size} characters and ${special.length} other tokens`,
      );
    }
    const learned = words.size === 0 ? [] : yield* learnPieces(makeCorpus(words), this.#limits);
    const pieces = withCharacters(learned, [...chars].sort(compareCodePoints), room);
    return new UnigramModel({
      vocab: [...special.map((token) => [token, 0] as const), ...pieces],
      unkId: unkToken === undefined ? undefined : special.indexOf(unkToken),
      byteFallback: byteFallback ?? false,
    });
  }
}

const optionNames = [
  "vocabSize",
  "specialTokens",
  "unkToken",
  "initialAlphabet",
  "shrinkingFactor",
  "subIterations",
  "maxPieceLength",
  "seedSize",
  "byteFallback",
];

/** All characters, then the first pieces that there is room for; the most probable first. */
function withCharacters(learned: ScoredPieces, chars: readonly string[], room: number): ScoredPieces {
  const scores = new Map(learned);
  let least = learned.reduce((score, [, next]) => Math.min(score, next), learned.length > 0 ? Infinity : 0);
  const kept = new Map<string, number>();
  for (const char of chars) {
    const score = scores.get(char);
    kept.set(char, score ?? least);
    if (score === undefined) least += PENALTY_STEP;
  }
  for (const [piece, score] of learned) {
    if (kept.size >= room) break;
    kept.set(piece, score);
  }
  return [...kept].sort(([, a], [, b]) => b - a);
}
