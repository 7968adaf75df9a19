import type { TrainingProgress } from "../../pipeline/trainer.ts";
import { checkAlphabet, checkSpecialTokens, wholeNumber } from "../trainer-options.ts";
import { learnAlphabet } from "./alphabet.ts";
import { learnMerges } from "./learn-merges.ts";
import { cutIntoSymbols } from "./symbol-chains.ts";
import { TokenTable } from "./token-table.ts";

/** What byte-pair training goes by, for BPE and for WordPiece. */
export interface BpeTrainingOptions {
  /** Number of tokens to stop at, special tokens and alphabet included. Default 30,000. */
  readonly vocabSize?: number;
  /** Pairs that are less frequent are not merged. Default 0. */
  readonly minFrequency?: number;
  /** Tokens that are never split; they get the first ids. Default: none. */
  readonly specialTokens?: readonly string[];
  /** At most so many characters, the most frequent; others are left out of all words. Default: no limit. */
  readonly limitAlphabet?: number;
  /** Characters that get a token whether they occur or not. Default: none. */
  readonly initialAlphabet?: Iterable<string>;
  /** What tokens inside of a word begin with, e.g. `"##"`. */
  readonly continuingSubwordPrefix?: string;
  /** What the last token of a word ends with, e.g. `"</w>"`. */
  readonly endOfWordSuffix?: string;
  /** Longest token, in characters; pairs of single characters are always merged. Default: no limit. */
  readonly maxTokenLength?: number;
}

export const bpeTrainingOptions = [
  "vocabSize",
  "minFrequency",
  "specialTokens",
  "limitAlphabet",
  "initialAlphabet",
  "continuingSubwordPrefix",
  "endOfWordSuffix",
  "maxTokenLength",
] as const;

/** Options that are complete and checked. */
export interface BpeTrainingPlan {
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly specialTokens: readonly string[];
  readonly limitAlphabet: number | undefined;
  readonly initialAlphabet: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
  readonly maxTokenLength: number;
}

export function planBpeTraining(operation: string, options: BpeTrainingOptions): BpeTrainingPlan {
  const { limitAlphabet, maxTokenLength } = options;
  return {
    vocabSize: wholeNumber(operation, "vocabSize", options.vocabSize, 30_000, 1),
    minFrequency: wholeNumber(operation, "minFrequency", options.minFrequency, 0),
    specialTokens: checkSpecialTokens(operation, options.specialTokens),
    limitAlphabet: limitAlphabet && wholeNumber(operation, "limitAlphabet", limitAlphabet, 0),
    initialAlphabet: checkAlphabet(operation, options.initialAlphabet),
    prefix: options.continuingSubwordPrefix ?? "",
    suffix: options.endOfWordSuffix ?? "",
    maxTokenLength:
      maxTokenLength === undefined
        ? Number.POSITIVE_INFINITY
        : wholeNumber(operation, "maxTokenLength", maxTokenLength, 0, 1),
  };
}

/** A vocabulary (ids are places in the list) and the merges that it came from, in order. */
export interface LearnedBpe {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [left: string, right: string])[];
}

/** Special tokens, then the alphabet, then what merging gives. */
export function* learnBpe(
  words: ReadonlyMap<string, number>,
  plan: BpeTrainingPlan,
): Generator<TrainingProgress, LearnedBpe, void> {
  const table = new TokenTable();
  for (const token of plan.specialTokens) table.add(token);
  for (const codePoint of learnAlphabet(words, plan.initialAlphabet, plan.limitAlphabet)) {
    table.add(String.fromCodePoint(codePoint));
  }
  const chains = cutIntoSymbols(words, table, plan);
  const merges = yield* learnMerges(table, chains, plan);
  const { tokens } = table;
  return { tokens, merges: merges.map(([left, right]) => [tokens[left], tokens[right]] as const) };
}

/** Entries for a model's vocabulary. */
export function* withIds(tokens: readonly string[]): Generator<readonly [token: string, id: number]> {
  for (let id = 0; id < tokens.length; id++) yield [tokens[id], id];
}
