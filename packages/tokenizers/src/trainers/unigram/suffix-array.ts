/**
 * The suffixes of a text in lexicographic order, by induced sorting (SA-IS: Nong, Zhang and Chan 2009,
 * "Linear suffix array construction by almost pure induced-sorting"). Linear in time and memory.
 *
 * @param text  symbols in `[0, alphabetSize)`
 * @returns where the suffixes begin, the smallest first; a suffix comes before those that continue it
 */
export function suffixArray(text: Int32Array, alphabetSize: number): Int32Array {
  const n = text.length;
  const suffixes = new Int32Array(n);
  if (n < 2) return suffixes;

  // A suffix is "small" when it is smaller than the one that begins a symbol later. The end is below all.
  const small = new Uint8Array(n);
  for (let i = n - 2; i >= 0; i--) {
    small[i] = text[i] === text[i + 1] ? small[i + 1] : text[i] < text[i + 1] ? 1 : 0;
  }
  // Each symbol has a bucket: large suffixes from `largeStart`, then small ones from `smallStart`.
  const largeStart = new Int32Array(alphabetSize + 1);
  const smallStart = new Int32Array(alphabetSize);
  for (let i = 0; i < n; i++) {
    if (small[i] === 1) largeStart[text[i] + 1]++;
    else smallStart[text[i]]++;
  }
  for (let symbol = 0; symbol < alphabetSize; symbol++) {
    smallStart[symbol] += largeStart[symbol];
    largeStart[symbol + 1] += smallStart[symbol];
  }

  /** From leftmost small suffixes in order to all suffixes in order. */
  const induce = (leftmost: Int32Array): void => {
    suffixes.fill(-1);
    const at = smallStart.slice();
    for (const begin of leftmost) suffixes[at[text[begin]]++] = begin;
    at.set(largeStart.subarray(0, alphabetSize));
    suffixes[at[text[n - 1]]++] = n - 1;
    for (let i = 0; i < n; i++) {
      const before = suffixes[i] - 1;
      if (before >= 0 && small[before] === 0) suffixes[at[text[before]]++] = before;
    }
    const ends = largeStart.slice();
    for (let i = n - 1; i >= 0; i--) {
      const before = suffixes[i] - 1;
      if (before >= 0 && small[before] === 1) suffixes[--ends[text[before] + 1]] = before;
    }
  };

  const numberOf = new Int32Array(n).fill(-1); // of those small suffixes whose left neighbour is large
  const begins: number[] = [];
  for (let i = 1; i < n; i++) {
    if (small[i - 1] === 0 && small[i] === 1) {
      numberOf[i] = begins.length;
      begins.push(i);
    }
  }
  const leftmost = Int32Array.from(begins);
  induce(leftmost);
  if (leftmost.length === 0) return suffixes;

  // Between one such suffix and the next lies a block; equal blocks get equal names, in order.
  const sorted = new Int32Array(leftmost.length);
  let count = 0;
  for (const suffix of suffixes) if (numberOf[suffix] !== -1) sorted[count++] = suffix;
  const names = new Int32Array(count);
  const endOf = (begin: number): number => leftmost[numberOf[begin] + 1] ?? n;
  let name = 0;
  for (let i = 1; i < count; i++) {
    if (!sameBlock(text, sorted[i - 1], endOf(sorted[i - 1]), sorted[i], endOf(sorted[i]))) name++;
    names[numberOf[sorted[i]]] = name;
  }
  const order = suffixArray(names, name + 1);
  for (let i = 0; i < count; i++) sorted[i] = leftmost[order[i]];
  induce(sorted);
  return suffixes;
}

/** Whether two blocks are equal, the first symbol of what follows included. */
function sameBlock(text: Int32Array, a: number, endA: number, b: number, endB: number): boolean {
  if (endA - a !== endB - b || endA === text.length || endB === text.length) return false;
  for (let i = 0; i <= endA - a; i++) if (text[a + i] !== text[b + i]) return false;
  return true;
}

/**
 * How many symbols each suffix shares with the one before it in order (Kasai et al. 2001); 0 for the first.
 */
export function commonPrefixes(text: Int32Array, suffixes: Int32Array): Int32Array {
  const n = text.length;
  const rank = new Int32Array(n);
  for (let i = 0; i < n; i++) rank[suffixes[i]] = i;
  const shared = new Int32Array(n);
  let length = 0;
  for (let i = 0; i < n; i++) {
    if (rank[i] === 0) {
      length = 0;
      continue;
    }
    const before = suffixes[rank[i] - 1];
    while (i + length < n && before + length < n && text[i + length] === text[before + length]) length++;
    shared[rank[i]] = length;
    if (length > 0) length--;
  }
  return shared;
}

/**
 * The substrings that occur at least twice and are not always followed by the same symbol: the inner nodes of
 * the suffix tree, each once.
 *
 * @param emit  gets where the substring's suffixes begin and end in the suffix array, and its length
 */
export function repeatedSubstrings(
  shared: Int32Array,
  emit: (first: number, end: number, length: number) => void,
): void {
  const firsts: number[] = [];
  const lengths: number[] = [];
  for (let i = 1; i <= shared.length; i++) {
    const length = i < shared.length ? shared[i] : 0;
    let first = i - 1;
    while (lengths.length > 0 && lengths[lengths.length - 1] > length) {
      first = firsts.pop()!;
      emit(first, i, lengths.pop()!);
    }
    if (length > 0 && (lengths.length === 0 || lengths[lengths.length - 1] < length)) {
      firsts.push(first);
      lengths.push(length);
    }
  }
}
