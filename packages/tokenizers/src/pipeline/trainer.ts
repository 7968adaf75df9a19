import type { Model } from "./roles.ts";

/** How far a training has come. */
export interface TrainingProgress {
  /**
   * What is being done: `read` texts, count `pairs`, `merges` (BPE, WordPiece), `seeds`, `em` iterations
   * (Unigram).
   */
  readonly stage: "read" | "pairs" | "merges" | "seeds" | "em";
  /** Characters read, symbols counted, tokens there are, pieces found, iterations done. */
  readonly done: number;
  /** What `done` will be at the end of the stage; `undefined` where that is not known. */
  readonly total: number | undefined;
}

/** Learns a model from words and how often each occurs. The same words give the same model. */
export interface Trainer {
  /** Tokens that the trained tokenizer never splits; they get the first ids, in this order. */
  readonly specialTokens: readonly string[];
  /** Trains step by step, so that the caller can report, wait or stop between steps. */
  train(words: ReadonlyMap<string, number>): Generator<TrainingProgress, Model, void>;
}
