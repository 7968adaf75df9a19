import type { TrainingProgress } from "../../pipeline/trainer.ts";
import { type Corpus, textOf } from "./corpus.ts";
import { expectedCounts, maximise, type PieceSet } from "./expectation-maximisation.ts";
import { withUnknown } from "./lattice.ts";
import { PieceTrie } from "./piece-trie.ts";
import { prune } from "./prune.ts";
import { seedPieces } from "./seed-pieces.ts";

/** What `learnPieces` goes by. */
export interface PieceLimits {
  /** The size of the vocabulary to come; up to a tenth more pieces are left. */
  readonly vocabSize: number;
  readonly seedSize: number;
  readonly maxPieceLength: number;
  /** Share of the pieces that a pruning leaves. */
  readonly shrinkingFactor: number;
  /** EM iterations between two prunings. */
  readonly subIterations: number;
}

/** Pieces with their log-probabilities, in the order of the last pruning. */
export type ScoredPieces = (readonly [text: string, score: number])[];

/**
 * Learns the pieces of a unigram language model (Kudo 2018, arXiv:1804.10959, section 3.2): from all repeated
 * substrings, by turns, expectation-maximisation of their probabilities and removal of those that the
 * likelihood of the corpus needs least.
 */
export function* learnPieces(
  corpus: Corpus,
  limits: PieceLimits,
): Generator<TrainingProgress, ScoredPieces, void> {
  yield { stage: "seeds", done: 0, total: undefined };
  const seeds = seedPieces(corpus, limits.maxPieceLength, limits.seedSize);
  const trie = new PieceTrie(corpus, seeds);
  let set: PieceSet = { pieces: Int32Array.from(seeds.starts.keys()), scores: seeds.scores };
  yield { stage: "seeds", done: set.pieces.length, total: set.pieces.length };

  const wanted = Math.trunc((limits.vocabSize * 11) / 10);
  const rounds =
    Math.trunc(Math.log(wanted / (set.pieces.length + 1)) / Math.log(limits.shrinkingFactor)) + 1;
  const iterations = Math.max(1, rounds) * limits.subIterations;
  let iteration = 0;
  while (true) {
    for (let i = 0; i < limits.subIterations; i++) {
      const model = withUnknown(trie, set.scores);
      set = maximise(set, yield* expectedCounts(corpus, model, iteration, iterations));
      iteration++;
    }
    const count = set.pieces.length + 1; // one more for unknown characters
    if (count <= wanted) break;
    const size = Math.max(wanted, Math.trunc(count * limits.shrinkingFactor));
    const progress = { stage: "em", done: iteration, total: Math.max(iterations, iteration) } as const;
    set = yield* prune(corpus, seeds, set, withUnknown(trie, set.scores), size, progress);
  }
  const { pieces, scores } = set;
  return Array.from(pieces, (piece) => [
    textOf(corpus, seeds.starts[piece], seeds.lengths[piece]),
    scores[piece],
  ]);
}
