/** `[H, T, E]` to `[T, H, E]`. */
export function swapHeads(values: Float32Array, heads: number, length: number, width: number): Float32Array {
  const swapped = new Float32Array(values.length);
  for (let t = 0; t < length; t++) {
    for (let h = 0; h < heads; h++) {
      const from = (h * length + t) * width;
      swapped.set(values.subarray(from, from + width), (t * heads + h) * width);
    }
  }
  return swapped;
}
