import type { RandomStream } from "../random-stream.ts";
import { type Segmentation, type UnigramScores, visitEdges } from "./unigram-lattice.ts";

/** Edges of a lattice in columns, and by where they end. */
interface Edges {
  readonly starts: number[];
  readonly ends: number[];
  readonly ids: number[];
  readonly scores: number[];
  /** First and one past the last edge (in `order`) that ends at a place. */
  readonly offsets: Int32Array;
  readonly order: Int32Array;
}

/**
 * Draws a segmentation with probability proportional to `exp(alpha * score)`: forward filtering, backward
 * sampling.
 *
 * @see Kudo 2018, Subword regularization, arXiv:1804.10959, section 3.3 (with l = infinity)
 */
export function sampleSegmentation(
  text: string,
  model: UnigramScores,
  alpha: number,
  random: RandomStream,
): Segmentation {
  const edges = collectEdges(text, model);
  const { starts, ids, scores, offsets, order } = edges;
  const forward = new Float64Array(text.length + 1); // log of the summed weight of all ways to a place
  for (let end = 1; end <= text.length; end++) {
    let sum = -Infinity;
    for (let i = offsets[end]; i < offsets[end + 1]; i++) {
      sum = logAdd(sum, forward[starts[order[i]]] + alpha * scores[order[i]]);
    }
    forward[end] = sum;
  }
  const drawn = { ends: [] as number[], ids: [] as number[], score: 0 };
  for (let end = text.length; end > 0; ) {
    let left = random.next();
    let edge = -1;
    for (let i = offsets[end]; i < offsets[end + 1]; i++) {
      edge = order[i]; // the last one, should rounding leave a rest
      left -= Math.exp(forward[starts[edge]] + alpha * scores[edge] - forward[end]);
      if (left < 0) break;
    }
    drawn.ends.push(end);
    drawn.ids.push(ids[edge]);
    drawn.score += scores[edge];
    end = starts[edge];
  }
  drawn.ends.reverse();
  drawn.ids.reverse();
  return drawn;
}

/**
 * The `count` most probable segmentations (fewer if there are not so many), best first.
 *
 * @see Kudo 2018, Subword regularization, arXiv:1804.10959, section 3.3
 */
export function nBestSegmentations(text: string, model: UnigramScores, count: number): Segmentation[] {
  const edges = collectEdges(text, model);
  const { starts, ids, scores, offsets, order } = edges;
  const best: Path[][] = [[{ score: 0, edge: -1, before: undefined }]];
  for (let end = 1; end <= text.length; end++) {
    const paths: Path[] = [];
    for (let i = offsets[end]; i < offsets[end + 1]; i++) {
      const edge = order[i];
      for (const before of best[starts[edge]]) {
        paths.push({ score: before.score + scores[edge], edge, before });
      }
    }
    paths.sort((a, b) => b.score - a.score); // stable: of equals, the one whose last token starts first
    paths.length = Math.min(paths.length, count);
    best.push(paths);
  }
  return best[text.length].map((path) => {
    const segmentation = { ends: [] as number[], ids: [] as number[], score: path.score };
    for (let at = path; at.before !== undefined; at = at.before) {
      segmentation.ends.push(edges.ends[at.edge]);
      segmentation.ids.push(ids[at.edge]);
    }
    segmentation.ends.reverse();
    segmentation.ids.reverse();
    return segmentation;
  });
}

/** Draws one of the segmentations with probability proportional to `exp(alpha * score)`. */
export function drawOne(
  segmentations: readonly Segmentation[],
  alpha: number,
  random: RandomStream,
): Segmentation {
  const weights = segmentations.map(({ score }) => Math.exp(alpha * (score - segmentations[0].score)));
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const drawn = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return segmentations[drawn === -1 ? segmentations.length - 1 : drawn];
}

interface Path {
  readonly score: number;
  readonly edge: number;
  readonly before: Path | undefined;
}

function collectEdges(text: string, model: UnigramScores): Edges {
  const starts: number[] = [];
  const ends: number[] = [];
  const ids: number[] = [];
  const scores: number[] = [];
  const offsets = new Int32Array(text.length + 2);
  visitEdges(text, model, (start, end, id, score) => {
    starts.push(start);
    ends.push(end);
    ids.push(id);
    scores.push(score);
    offsets[end + 1]++;
  });
  for (let i = 1; i < offsets.length; i++) offsets[i] += offsets[i - 1];
  const order = new Int32Array(starts.length);
  const filled = offsets.slice();
  for (let edge = 0; edge < starts.length; edge++) order[filled[ends[edge]]++] = edge;
  return { starts, ends, ids, scores, offsets, order };
}

/** `log(exp(a) + exp(b))` without overflow. */
function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b;
  const larger = Math.max(a, b);
  return larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}
