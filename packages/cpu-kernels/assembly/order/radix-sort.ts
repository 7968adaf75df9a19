/**
 * Sorts 64-bit words by their upper halves.
 *
 * Idea: four stable counting passes of eight bits, from the lowest; a pass in which all words agree is skipped. Few
 * words are sorted by insertion.
 */

const FEW: i32 = 24;
const BINS: usize = 256;

/**
 * @param words  `count` words; @param spare  room for as many; @param counts  4 KiB
 * @returns where the sorted words are: `words` or `spare`
 */
export function radixSort(words: usize, spare: usize, counts: usize, count: i32): usize {
  if (count <= FEW) {
    insertionSort(words, count);
    return words;
  }
  memory.fill(counts, 0, BINS * 16);
  const bytes = <usize>count << 3;
  for (let at = words; at < words + bytes; at += 8) {
    const order = load<u32>(at, 4);
    tally(counts, order & 255);
    tally(counts + BINS * 4, (order >> 8) & 255);
    tally(counts + BINS * 8, (order >> 16) & 255);
    tally(counts + BINS * 12, order >> 24);
  }
  for (let pass: usize = 0; pass < 4; ++pass) {
    const bins = counts + pass * BINS * 4;
    if (!toStarts(bins, count)) continue;
    const shift = <u32>pass << 3;
    for (let at = words; at < words + bytes; at += 8) {
      const bin = bins + (<usize>((load<u32>(at, 4) >> shift) & 255) << 2);
      const place = load<u32>(bin);
      store<u32>(bin, place + 1);
      store<u64>(spare + (<usize>place << 3), load<u64>(at));
    }
    const sorted = spare;
    spare = words;
    words = sorted;
  }
  return words;
}

// @ts-ignore: decorator
@inline function tally(bins: usize, bin: u32): void {
  const at = bins + (<usize>bin << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts become first places; false if one bin has all. */
function toStarts(bins: usize, count: i32): bool {
  let start: u32 = 0;
  for (let at = bins; at < bins + BINS * 4; at += 4) {
    const size = load<u32>(at);
    if (size == <u32>count) return false;
    store<u32>(at, start);
    start += size;
  }
  return true;
}

function insertionSort(words: usize, count: i32): void {
  const end = words + (<usize>count << 3);
  for (let at = words + 8; at < end; at += 8) {
    const word = load<u64>(at);
    let hole = at;
    for (; hole > words && load<u64>(hole - 8) > word; hole -= 8) store<u64>(hole, load<u64>(hole - 8));
    store<u64>(hole, word);
  }
}
