import {
  concat,
  indexSelect,
  pad,
  requireKnown,
  reshape,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { attention } from "../scaled-dot-product/attention.ts";
import { requireShape } from "../shapes.ts";
import { type BlockLayout, requireLayout } from "./block-layout.ts";
import { requireHeads, type ScoreOptions, scaleOf } from "./score-mask.ts";

/**
 * Attention over blocks: each block of queries is given the blocks of keys that its layout names, gathered, and no other
 * is computed. Time and memory grow with the blocks that are seen. Fused where `attention` is.
 *
 * @param q  `[B, H, T, E]`; k `[B, H, T, E]`; v `[B, H, T, Ev]`; T need not be whole blocks
 * @param options.causal  besides, no key behind the query's own place
 * @returns `[B, H, T, Ev]`
 * @throws ArgumentError for a layout that does not fit
 * @see Zaheer et al. 2020, arXiv:2007.14062, its appendix about the implementation; Beltagy et al. 2020, arXiv:2004.05150
 * @example
 * const x = ones([1, 2, 10, 4]);
 * const layout = longformerLayout({ length: 10, blockSize: 2 });
 * blockSparseAttention(x, x, x, layout, { causal: true }).shape; // => [1, 2, 10, 4]
 */
export function blockSparseAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  layout: BlockLayout,
  options: Omit<ScoreOptions, "mask"> = {},
): Tensor {
  const owner = "blockSparseAttention";
  requireKnown(owner, options, { causal: true, scale: true });
  const { causal = false, scale } = options;
  requireHeads(owner, q, k, v);
  const [B, H, T, E] = q.shape;
  requireShape(owner, "k", k, [B, H, T, E]);
  requireLayout(owner, layout, T);
  const { blockSize } = layout;
  const count = layout.blocks.length;
  const Ev = v.shape[3];
  return tidy(() => {
    const { dtype, backend } = q;
    /** `[B, H, T, W] -> [B H, blocks, blockSize, W]` */
    const blocked = (x: Tensor): Tensor =>
      reshape(pad(x, [0, 0, 0, count * blockSize - T]), [B * H, count, blockSize, x.shape[3]]);
    const [qs, ks, vs] = [q, k, v].map(blocked);
    const outs: Tensor[] = [];
    const order: number[] = [];
    for (const [size, rows] of rowsBySize(layout.blocks)) {
      order.push(...rows);
      if (size === 0) {
        outs.push(zeros([B * H, rows.length, blockSize, Ev], { dtype, backend }));
        continue;
      }
      const select = (x: Tensor, blocks: readonly number[]): Tensor =>
        indexSelect(x, tensor(Int32Array.from(blocks), { backend }), 1);
      const seen = rows.flatMap((row) => layout.blocks[row]);
      const gathered = (x: Tensor): Tensor =>
        reshape(select(x, seen), [B * H, rows.length, size * blockSize, x.shape[3]]);
      const mask = tensor(visible(layout, rows, size, T, causal), {
        shape: [1, rows.length, blockSize, size * blockSize],
        backend,
      });
      // Blocks stand where heads do: one mask for each.
      outs.push(attention(select(qs, rows), gathered(ks), gathered(vs), { mask, scale: scaleOf(q, scale) }));
    }
    if (count === 0) return zeros([B, H, T, Ev], { dtype, backend });
    const back = new Int32Array(count);
    for (const [at, row] of order.entries()) back[row] = at;
    const whole = indexSelect(concat(outs, 1), tensor(back, { backend }), 1);
    return reshape(whole, [B, H, count * blockSize, Ev]).narrow(2, 0, T);
  });
}

/** Blocks of queries by how many blocks of keys they see: these are computed together. */
function rowsBySize(blocks: BlockLayout["blocks"]): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const [i, seen] of blocks.entries()) rows.set(seen.length, [...(rows.get(seen.length) ?? []), i]);
  return rows;
}

/** Which gathered keys are seen: those that are there and, where causal, not behind the query. */
function visible(
  { blockSize, blocks }: BlockLayout,
  rows: readonly number[],
  size: number,
  length: number,
  causal: boolean,
): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(rows.length * blockSize * size * blockSize);
  let at = 0;
  for (const row of rows) {
    for (let i = row * blockSize; i < (row + 1) * blockSize; i++) {
      for (const block of blocks[row]) {
        for (let j = block * blockSize; j < (block + 1) * blockSize; j++) {
          mask[at++] = j < length && !(causal && j > i) ? 1 : 0;
        }
      }
    }
  }
  return mask;
}
