import type { ScoreProgram } from "@saccade/core";
import { type BlockStates, blockStates, type MaskSizes, uses } from "./block-states.ts";

/** At most so many masks, and so many blocks in all (16 MB). */
const MOST_MASKS = 64;
const MOST_BLOCKS = 2 ** 22;

/** By what they are computed from; the one that was asked for last is last. Numbers, not tensors: no backend holds them. */
const cache = new Map<string, BlockStates>();
let blocks = 0;

function keep(key: string, it: BlockStates): void {
  cache.set(key, it);
  blocks += it.states.length;
  for (const [oldest, { states }] of cache) {
    if (cache.size <= MOST_MASKS && blocks <= MOST_BLOCKS) return;
    cache.delete(oldest);
    blocks -= states.length;
  }
}

/** `blockStates`, found again where the same program was asked about with the same sizes. */
export function cachedStates(
  program: ScoreProgram,
  sizes: MaskSizes,
  ranges: Int32Array | null,
): BlockStates {
  if (ranges !== null && uses(program, "place")) return blockStates(program, sizes, ranges);
  const { B, H, T, S } = sizes;
  const own = [uses(program, "batch") ? B : 1, uses(program, "head") ? H : 1, T, S];
  const key = `${program.key} ${own.join(" ")}`;
  const found = cache.get(key);
  if (found === undefined) {
    const made = blockStates(program, sizes, null);
    keep(key, made);
    return made;
  }
  cache.delete(key);
  cache.set(key, found);
  return found;
}
