/** Matrices of the `matmul` work: the same numbers in every peer. */
export function patterned(count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 101 - 0.5);
}

/**
 * Numbers from -1 to 1 without a pattern, another row of them for every salt: the same in every peer. A factor scales
 * them, after they have been rounded to f32.
 */
export function scattered(count: number, salt: number, factor = 1): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const start = salt * 0x1000003;
  for (let i = 0; i < count; i++) values[i] = Math.fround((hash(i + start) / 2 ** 32) * 2 - 1) * factor;
  return values;
}

function hash(i: number): number {
  let x = i >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

export function meanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return sum / values.length;
}

/** The mean square, where every place counts otherwise: results in another order give another number. */
export function placedMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (1 + (i % 7)) * values[i] ** 2;
  return sum / values.length;
}
