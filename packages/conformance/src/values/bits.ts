import type { Elements } from "./elements.ts";

/** Elements as integers of their width: NaNs keep their bits. */
export type Bits = Uint8Array | Int32Array | BigInt64Array;

export function bitsOf(elements: Elements): Bits {
  if (elements instanceof Float64Array) return new BigInt64Array(elements.buffer);
  return elements instanceof Uint8Array ? elements : new Int32Array(elements.buffer);
}

/** The first element in which two memories of one size and type differ; -1 if none does. */
export function firstDifference(a: Elements, b: Elements): number {
  const [bitsA, bitsB] = [bitsOf(a), bitsOf(b)];
  for (let i = 0; i < bitsA.length; i++) if (bitsA[i] !== bitsB[i]) return i;
  return -1;
}
