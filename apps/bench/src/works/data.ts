/** Matrices of the `matmul` work: the same numbers in every peer. */
export function patterned(count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 101 - 0.5);
}

/** Numbers from -1 to 1 without a pattern, another row of them for every salt: the same in every peer. */
export function scattered(count: number, salt: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => (hash(i + salt * 0x1000003) / 2 ** 32) * 2 - 1);
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
