/** What 64 queries see of 64 keys by a mask function: nothing (0), what the function says (1), everything (2). */
import { BLOCKS, given, stride } from "../arguments";

const NOTHING: i32 = 0;
const FUNCTION: i32 = 1;

function stateOf(b: i32, h: i32, t: i32, j: i32): i32 {
  const at = b * stride(BLOCKS, 0) + h * stride(BLOCKS, 1) + (t >> 6) * stride(BLOCKS, 2) + (j >> 6) * stride(BLOCKS, 3);
  return load<i32>(load<usize>(BLOCKS) + (<usize>at << 2));
}

/** The first key from j on whose block is not empty, or `end`. */
export function nextSeen(b: i32, h: i32, t: i32, j: i32, end: i32): i32 {
  if (!given(BLOCKS)) return j;
  while (j < end && stateOf(b, h, t, j) == NOTHING) j = (j & -64) + 64;
  return min(j, end);
}

/** The same of several heads from h on. */
export function nextSeenByHeads(b: i32, h: i32, heads: i32, t: i32, j: i32, end: i32): i32 {
  let next = end;
  for (let i = 0; i < heads && next > j; ++i) next = min(next, nextSeen(b, h + i, t, j, end));
  return next;
}

/** The key behind the blocks from that of key j on that are what it is. */
export function alikeEnd(b: i32, h: i32, t: i32, j: i32, end: i32): i32 {
  if (!given(BLOCKS)) return end;
  const state = stateOf(b, h, t, j);
  do j = (j & -64) + 64;
  while (j < end && stateOf(b, h, t, j) == state);
  return min(j, end);
}

/** Whether the mask function has to be asked about the block of key j. */
export function asksMask(b: i32, h: i32, t: i32, j: i32): bool {
  return given(BLOCKS) && stateOf(b, h, t, j) == FUNCTION;
}
