import { MergeBuffer } from "./merge-buffer.ts";
import type { MergeRule } from "./merge-rule.ts";

const NONE = 0x7fffffff;

/**
 * Merges the symbols of a word until no rule applies: always the pair of lowest rank, of several the leftmost.
 *
 * @see Sennrich, Haddow, Birch 2016, arXiv:1508.07909, section 3.2
 */
export function mergeAll(buffer: MergeBuffer, rule: MergeRule): void {
  if (buffer.length > MergeBuffer.SHORT || !rule.distinctProducts) {
    if (buffer.length > 1) buffer.heap.run(buffer, rule);
    return;
  }
  const { ids, starts, ends, ranks } = buffer;
  let last = buffer.length - 1;
  for (let i = 0; i < last; i++) ranks[i] = rankAt(buffer, rule, i);
  while (last > 0) {
    let at = 0;
    let best = ranks[0];
    for (let i = 1; i < last; i++) {
      if (ranks[i] < best) {
        best = ranks[i];
        at = i;
      }
    }
    if (best === NONE) break;
    ids[at] = rule.product(best);
    ends[at] = ends[at + 1];
    for (let i = at + 1; i < last; i++) {
      ids[i] = ids[i + 1];
      starts[i] = starts[i + 1];
      ends[i] = ends[i + 1];
      ranks[i - 1] = ranks[i];
    }
    last--;
    if (at < last) ranks[at] = rankAt(buffer, rule, at);
    if (at > 0) ranks[at - 1] = rankAt(buffer, rule, at - 1);
  }
  buffer.length = last + 1;
}

function rankAt(buffer: MergeBuffer, rule: MergeRule, i: number): number {
  const rank = rule.rank(buffer, i, i + 1);
  return rank === -1 ? NONE : rank;
}
