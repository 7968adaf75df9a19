import type { AttentionAttrs, ScoreMods } from "@saccade/core";
import { BLOCK } from "../scaled-dot-product/score-view.ts";
import { cachedStates } from "./block-cache.ts";
import { type MaskSizes, uses } from "./block-states.ts";

/** First, and behind the last. */
export type Span = readonly [from: number, to: number];

type Seeing = Pick<AttentionAttrs, "causal" | "windowLeft" | "windowRight"> & { readonly mods?: ScoreMods };

/** The keys that blocks of a mask function show, where it reads no tensor. */
function shown({ mods }: Seeing, sizes: MaskSizes, [start, end]: Span): Span {
  const mask = mods?.mask;
  if (!mask || uses(mask, "load")) return [0, sizes.S];
  const { states, shape } = cachedStates(mask, sizes, null);
  const [B, H, rows, columns] = shape;
  let [from, to] = [columns, 0];
  for (let bh = 0; bh < B * H; bh++) {
    for (let row = Math.floor(start / BLOCK); row < Math.ceil(end / BLOCK); row++) {
      for (let column = 0; column < columns; column++) {
        if (states[(bh * rows + row) * columns + column] === 0) continue;
        from = Math.min(from, column);
        to = Math.max(to, column + 1);
      }
    }
  }
  return [from * BLOCK, Math.min(sizes.S, to * BLOCK)];
}

/**
 * Between which keys all are that some queries see by causality, window and mask function, of queries that end where the
 * keys end. What lies between them need not be seen; if they see none, the span is empty.
 */
export function seenKeys(attrs: Seeing, sizes: MaskSizes, queries: Span): Span {
  const { causal, windowLeft, windowRight } = attrs;
  const { T, S } = sizes;
  const [first, last] = [queries[0] + S - T, queries[1] - 1 + S - T]; // places
  const right = windowRight < 0 ? S - 1 : last + windowRight;
  const [from, to] = shown(attrs, sizes, queries);
  const begin = Math.max(from, windowLeft < 0 ? 0 : first - windowLeft);
  const end = Math.min(to, (causal ? Math.min(last, right) : right) + 1);
  return [begin, Math.max(begin, end)];
}
