/** One idea: whole 16-byte vectors of a repeated 8-byte pattern; tiles of 64 KiB. */
import { ARGS } from "./layout";
import { parallel } from "./pool";

const TILE: usize = 0x1_0000;

const OUT: usize = ARGS;
const BYTES: usize = ARGS + 4;
const PATTERN: usize = ARGS + 8;

/** Fills `bytes` at `out` with the 8-byte pattern at ARGS + 8 (the caller wrote it). `out` is aligned to the element. */
export function fill(out: usize, bytes: usize): void {
  store<usize>(OUT, out);
  store<usize>(BYTES, bytes);
  parallel(fillTile.index, <i32>((bytes + TILE - 1) / TILE), <f64>bytes / 4);
}

function fillTile(tile: i32, thread: i32): void {
  const bytes = load<usize>(BYTES);
  const pattern = load<u64>(PATTERN);
  let at = <usize>tile * TILE;
  const end = min(at + TILE, bytes);
  const out = load<usize>(OUT);
  const wide = i64x2.splat(pattern);
  for (; at + 16 <= end; at += 16) v128.store(out + at, wide);
  for (let shift: u64 = 0; at < end; ++at, shift += 8) store<u8>(out + at, <u8>(pattern >> shift));
}
