/**
 * A decomposed text with its marks in canonical order, in time proportional to its length.
 *
 * `String.prototype.normalize` sorts by insertion, which takes hours for a million marks. JavaScript does not
 * tell combining classes, but two marks in a row tell which of them goes first.
 *
 * @see The Unicode Standard, section 3.11, "Canonical Ordering Algorithm"
 */
export function orderMarks(decomposed: string): string {
  const kinds = [...new Set(decomposed.match(/\p{M}/gu))].filter(isNonStarter).sort(compareMarks);
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const [i, mark] of kinds.entries()) {
    if (i > 0 && compareMarks(kinds[i - 1]!, mark) !== 0) rank++;
    ranks.set(mark, rank);
  }
  return decomposed.replace(/\p{M}{2,}/gu, (run) => sortRun(run, ranks, rank + 1));
}

/** Counting sort of the non-starters between starters; starters have no rank. */
function sortRun(run: string, ranks: ReadonlyMap<string, number>, count: number): string {
  let sorted = "";
  let buckets: string[] = [];
  for (const mark of run) {
    const rank = ranks.get(mark);
    if (rank !== undefined) {
      buckets[rank] = (buckets[rank] ?? "") + mark;
      continue;
    }
    sorted += joined(buckets, count) + mark;
    buckets = [];
  }
  return sorted + joined(buckets, count);
}

function joined(buckets: readonly string[], count: number): string {
  let text = "";
  for (let rank = 0; rank < count; rank++) text += buckets[rank] ?? "";
  return text;
}

function compareMarks(a: string, b: string): number {
  if (isReordered(a + b)) return 1;
  return isReordered(b + a) ? -1 : 0;
}

/** Marks of class 0 stay where they are, beside the highest class (U+0345) and the lowest (U+0334). */
function isNonStarter(mark: string): boolean {
  return (
    mark === "\u0345" || mark === "\u0334" || isReordered(`\u0345${mark}`) || isReordered(`${mark}\u0334`)
  );
}

function isReordered(pair: string): boolean {
  return pair.normalize("NFD") !== pair;
}
