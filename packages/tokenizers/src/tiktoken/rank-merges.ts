import { type ByteRanks, hashBytes } from "./byte-ranks.ts";

/**
 * The merges that ranks stand for: a token is made of the two parts that merging its bytes leaves when only lower
 * ranks count.
 *
 * @returns pairs of ranks, by the rank of what they give; a token that cannot be reached so is left out
 */
export function mergesOfRanks(ranks: ByteRanks): [left: number, right: number][] {
  const merges: [number, number][] = [];
  for (let rank = 0; rank < ranks.end; rank++) {
    const bytes = ranks.bytesOf(rank);
    if (bytes === undefined || bytes.length < 2) continue;
    const parts = twoParts(ranks, bytes, rank);
    if (parts !== undefined) merges.push(parts);
  }
  return merges;
}

function twoParts(ranks: ByteRanks, bytes: Uint8Array, below: number): [number, number] | undefined {
  const rankOf = (start: number, end: number): number => {
    const rank = ranks.find(bytes, start, end, hashBytes(bytes, start, end));
    return rank === -1 ? Number.POSITIVE_INFINITY : rank;
  };
  const cuts = Array.from({ length: bytes.length + 1 }, (_, i) => i);
  while (cuts.length > 3) {
    let best = below;
    let at = -1;
    for (let i = 0; i + 2 < cuts.length; i++) {
      const rank = rankOf(cuts[i], cuts[i + 2]);
      if (rank >= best) continue;
      best = rank;
      at = i;
    }
    if (at === -1) return undefined;
    cuts.splice(at + 1, 1);
  }
  const [left, right] = [rankOf(0, cuts[1]), rankOf(cuts[1], bytes.length)];
  return left < below && right < below ? [left, right] : undefined;
}
