import type { TrainingProgress } from "../../pipeline/trainer.ts";
import { MergeQueue } from "./merge-queue.ts";
import { PairCounts } from "./pair-counts.ts";
import { PlaceLists } from "./place-lists.ts";
import { NEXT, NODE, PREVIOUS, SYMBOL, type SymbolChains, WORD } from "./symbol-chains.ts";
import type { TokenTable } from "./token-table.ts";

/** What `learnMerges` goes by. */
export interface MergeLimits {
  /** Stop at so many tokens. */
  readonly vocabSize: number;
  /** Stop at pairs that are less frequent. */
  readonly minFrequency: number;
  /** Pairs whose token would have as many characters, or more, are left alone. */
  readonly maxTokenLength: number;
  /** Left out of a right half that begins with it: `"a" + "##b"` is `"ab"`. */
  readonly prefix: string;
}

const NODES_PER_STEP = 1 << 16;

/**
 * Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909, section 3.2): again and again the most frequent
 * pair of neighbouring symbols becomes a symbol. Counts are kept up to date place by place, so a merge costs as
 * much as there are places where it happens.
 *
 * Details are those of Hugging Face's trainer, on which results depend: a pair's count is not set back when it
 * has been merged, and a token that two pairs spell is one token.
 *
 * @param table  the alphabet; new tokens are added to it
 * @param chains  the words; changed
 * @returns the merges in order, as pairs of ids
 */
export function* learnMerges(
  table: TokenTable,
  chains: SymbolChains,
  limits: MergeLimits,
): Generator<TrainingProgress, (readonly [left: number, right: number])[], void> {
  const { nodes, nodeCount, counts } = chains;
  const { vocabSize, minFrequency, maxTokenLength, prefix } = limits;
  const pairs = new PairCounts();
  const places = new PlaceLists();
  const queue = new MergeQueue();
  const enqueue = (pair: number, start: number, length: number): void => {
    const count = pairs.counts[pair];
    if (count > 0) queue.push(pair, pairs.lefts[pair], pairs.rights[pair], count, start, length);
  };

  for (let node = 0; node < nodeCount; node++) {
    if (node % NODES_PER_STEP === 0) yield { stage: "pairs", done: node, total: nodeCount };
    const at = NODE * node;
    const next = nodes[at + NEXT];
    if (next === -1) continue;
    const weight = counts[nodes[at + WORD]];
    places.note(pairs.change(nodes[at + SYMBOL], nodes[NODE * next + SYMBOL], weight), node);
  }
  places.close(enqueue);

  const lengths = new Int32Array(nodeCount).fill(1); // characters of each node's symbol
  const merges = new Map<number, readonly [number, number]>(); // by pair, in the order in which it came last
  while (table.tokens.length < vocabSize && queue.size > 0) {
    const entry = queue.top();
    const pair = queue.pairOf(entry);
    const count = pairs.counts[pair];
    if (count !== queue.countOf(entry)) {
      queue.lower(count);
      continue;
    }
    if (count < 1 || count < minFrequency) break;
    queue.pop();

    const left = pairs.lefts[pair];
    const right = pairs.rights[pair];
    const rightText = table.tokens[right];
    const merged = table.add(
      table.tokens[left] + (rightText.startsWith(prefix) ? rightText.slice(prefix.length) : rightText),
    );
    merges.delete(pair);
    merges.set(pair, [left, right]);

    const start = queue.startOf(entry);
    const end = start + queue.lengthOf(entry);
    for (let i = start; i < end; i++) {
      const node = places.places[i];
      const at = NODE * node;
      if (nodes[at + SYMBOL] !== left) continue;
      const second = nodes[at + NEXT];
      if (second === -1 || nodes[NODE * second + SYMBOL] !== right) continue;
      const before = nodes[at + PREVIOUS];
      const after = nodes[NODE * second + NEXT];
      const weight = counts[nodes[at + WORD]];
      const length = lengths[node] + lengths[second];

      nodes[at + SYMBOL] = merged;
      nodes[at + NEXT] = after;
      nodes[NODE * second + SYMBOL] = -1;
      lengths[node] = length;
      if (before !== -1) {
        const beforeSymbol = nodes[NODE * before + SYMBOL];
        pairs.change(beforeSymbol, left, -weight);
        if (lengths[before] + length < maxTokenLength) {
          places.note(pairs.change(beforeSymbol, merged, weight), before);
        }
      }
      if (after !== -1) {
        nodes[NODE * after + PREVIOUS] = node;
        const afterSymbol = nodes[NODE * after + SYMBOL];
        pairs.change(right, afterSymbol, -weight);
        if (lengths[after] + length < maxTokenLength) {
          places.note(pairs.change(merged, afterSymbol, weight), node);
        }
      }
    }
    places.close(enqueue);
    yield { stage: "merges", done: table.tokens.length, total: vocabSize };
  }
  return [...merges.values()];
}
