import type { Elements } from "./elements.ts";

/** Elements as integers of their width: NaNs keep their bits. */
export type Bits = Uint8Array | Int16Array | Int32Array | BigInt64Array;

export function bitsOf(elements: Elements): Bits {
  if (elements instanceof Float64Array) return new BigInt64Array(elements.buffer);
  if (elements instanceof Float16Array) return new Int16Array(elements.buffer);
  return elements instanceof Uint8Array ? elements : new Int32Array(elements.buffer);
}

/** The first element in which two memories of one size and type differ; -1 if none does. */
export function firstDifference(a: Elements, b: Elements): number {
  const [bitsA, bitsB] = [bitsOf(a), bitsOf(b)];
  for (let i = 0; i < bitsA.length; i++) if (bitsA[i] !== bitsB[i]) return i;
  return -1;
}

/** Gives every NaN the same bits: which ones it has is up to the compiler, from one call to the next. */
export function unifyNaNs(elements: Elements): void {
  if (elements instanceof Float32Array) {
    const bits = new Uint32Array(elements.buffer);
    for (let i = 0; i < bits.length; i++) if (Number.isNaN(elements[i])) bits[i] = 0x7fc00000;
  } else if (elements instanceof Float16Array) {
    const bits = new Uint16Array(elements.buffer);
    for (let i = 0; i < bits.length; i++) if (Number.isNaN(elements[i])) bits[i] = 0x7e00;
  } else if (elements instanceof Float64Array) {
    const bits = new BigUint64Array(elements.buffer);
    for (let i = 0; i < bits.length; i++) if (Number.isNaN(elements[i])) bits[i] = 0x7ff8000000000000n;
  }
}
