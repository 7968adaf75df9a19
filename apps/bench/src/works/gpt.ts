import { scattered } from "./data.ts";
import type { Parameters } from "./work.ts";

/** A parameter of the small GPT of the `step` work: every peer starts with the same. */
export interface GptParameter {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Tokens, positions; per layer norm, qkv, out, norm, up, down; the last norm. */
export function gptParameters({ layers, width, context, characters }: Parameters): GptParameter[] {
  const gain = [width];
  const layer = [gain, [width, 3 * width], [width, width], gain, [width, 4 * width], [4 * width, width]];
  const shapes = [[characters, width], [context, width], ...Array(layers).fill(layer).flat(), gain];
  return shapes.map((shape: number[], i) => {
    const size = shape.reduce((a, b) => a * b);
    const values =
      shape.length === 1 ? new Float32Array(size).fill(1) : scattered(size, i).map((x) => x * 0.03);
    return { shape, values };
  });
}

/** Input and target, as rows that are one at a character and zero elsewhere. */
export function gptBatch({ batch, context, characters }: Parameters): [Float32Array, Float32Array] {
  const text = stepText(batch * context + 1, characters);
  const oneHot = (ids: Int32Array): Float32Array => {
    const rows = new Float32Array(ids.length * characters);
    ids.forEach((id, i) => {
      rows[i * characters + id] = 1;
    });
    return rows;
  };
  return [oneHot(text.slice(0, -1)), oneHot(text.slice(1))];
}

export const gptOptimizer = { lr: 1e-3, weightDecay: 0.1, betas: [0.9, 0.99] } as const;

/** Any text will do: characters, of which the model learns to tell the next one. */
export function stepText(length: number, characters: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length }, (_, i) => (i * i * 7 + i * 3) % characters);
}
