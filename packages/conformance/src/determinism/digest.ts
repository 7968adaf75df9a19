/** 53 bits that stand for these words (cyrb53): equal words give equal digests, others hardly ever. */
export function digest(words: Int32Array | Int16Array | Uint8Array): string {
  let [low, high] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < words.length; i++) {
    low = Math.imul(low ^ words[i], 2654435761) ^ (low >>> 15);
    high = Math.imul(high ^ words[i], 1597334677) ^ (high >>> 13);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return ((high >>> 0) & 0x1fffff).toString(16).padStart(6, "0") + (low >>> 0).toString(16).padStart(8, "0");
}
