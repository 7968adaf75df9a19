import type { TrainingProgress } from "../../pipeline/trainer.ts";
import type { Corpus } from "./corpus.ts";
import type { PieceSet } from "./expectation-maximisation.ts";
import { Lattice, type PieceScores } from "./lattice.ts";
import type { SeedPieces } from "./seed-pieces.ts";

/** Words or pieces between two reports. */
const STEP = 4096;

/**
 * Removes the pieces that the likelihood of the corpus needs least. The loss of a piece is estimated: all its
 * uses in the best paths are replaced by the next best way to cut the piece itself. Pieces that cannot be
 * replaced stay.
 *
 * Without the piece there are `uses · (parts - 1)` more pieces in the paths. SentencePiece, and Hugging Face
 * after it, take the number of all pieces for that of the parts; results are only the same if one does so, too.
 *
 * @param size  how many pieces to leave, the one for unknown characters counted
 * @param progress  what to report meanwhile
 */
export function* prune(
  corpus: Corpus,
  seeds: SeedPieces,
  set: PieceSet,
  model: PieceScores,
  size: number,
  progress: TrainingProgress,
): Generator<TrainingProgress, PieceSet, void> {
  const { text, starts, ends, counts } = corpus;
  const lattice = new Lattice();
  const uses = new Float64Array(model.scores.length + 1); // in the best paths; last entry: unknown characters
  let words = 0;
  for (let word = 0; word < counts.length; word++) {
    if (word % STEP === 0) yield progress;
    lattice.build(text, starts[word], ends[word], model);
    for (const piece of lattice.bestPath()) uses[piece] += counts[word];
    words += counts[word];
  }
  const sum = uses.reduce((total, count) => total + count, 0);
  const logSum = Math.log(sum);

  const kept: number[] = [];
  const candidates: { piece: number; loss: number }[] = [];
  for (const [i, piece] of set.pieces.entries()) {
    if (i % STEP === 0) yield progress;
    const start = seeds.starts[piece];
    const length = seeds.lengths[piece];
    if (length === 1) {
      kept.push(piece); // there is no other way to cut it
      continue;
    }
    lattice.build(text, start, start + length, model);
    const [best, parts] = lattice.twoBestPaths();
    if (best.length > 1) {
      if (uses[piece] > 0) kept.push(piece);
      continue;
    }
    if (uses[piece] === 0) continue;
    const logPiece = Math.log(uses[piece]) - logSum;
    const logSumWithout = Math.log(sum + uses[piece] * set.pieces.length);
    let logParts = 0;
    for (const part of parts) logParts += Math.log(uses[part] + uses[piece]) - logSumWithout;
    candidates.push({ piece, loss: (uses[piece] / words) * (logPiece - logParts) });
  }
  candidates.sort((a, b) => b.loss - a.loss);
  for (const { piece } of candidates) {
    if (kept.length + 1 >= size) break;
    kept.push(piece);
  }

  const scores = new Float64Array(set.scores.length).fill(Number.NaN);
  for (const piece of kept) scores[piece] = set.scores[piece];
  return { pieces: Int32Array.from(kept), scores };
}
