import type { TrainingProgress } from "../../pipeline/trainer.ts";
import type { Corpus } from "./corpus.ts";
import { digamma } from "./digamma.ts";
import { Lattice, type PieceScores } from "./lattice.ts";

/** Which pieces there still are, in order, and all pieces' log-probabilities (NaN for those that are out). */
export interface PieceSet {
  readonly pieces: Int32Array;
  readonly scores: Float64Array;
}

/** A piece that is expected less often is dropped. */
const MIN_EXPECTED = 0.5;
const WORDS_PER_STEP = 4096;

/**
 * How often each piece is expected in the corpus, over all ways to cut its words.
 *
 * @param iteration  which iteration of how many this is, for the report
 */
export function* expectedCounts(
  corpus: Corpus,
  model: PieceScores,
  iteration: number,
  iterations: number,
): Generator<TrainingProgress, Float64Array, void> {
  const { text, starts, ends, counts } = corpus;
  const expected = new Float64Array(model.scores.length + 1);
  const lattice = new Lattice();
  for (let word = 0; word < counts.length; word++) {
    if (word % WORDS_PER_STEP === 0) {
      yield {
        stage: "em",
        done: iteration + word / counts.length,
        total: Math.max(iterations, iteration + 1),
      };
    }
    lattice.build(text, starts[word], ends[word], model);
    lattice.addExpected(counts[word], expected);
  }
  return expected;
}

/**
 * New probabilities from expected counts, by the mean of a Dirichlet posterior's logarithm: `ψ(c) - ψ(Σc)`
 * instead of `log c - log Σc`, which takes more from rare pieces (Liang and Klein 2007, "Structured Bayesian
 * nonparametric models with variational inference").
 */
export function maximise({ pieces, scores }: PieceSet, expected: Float64Array): PieceSet {
  const kept = pieces.filter((piece) => expected[piece] >= MIN_EXPECTED);
  let sum = 0;
  for (const piece of kept) sum += expected[piece];
  const logSum = digamma(sum);
  const next = new Float64Array(scores.length).fill(Number.NaN);
  for (const piece of kept) next[piece] = digamma(expected[piece]) - logSum;
  return { pieces: kept, scores: next };
}
