/**
 * The random bits of dropout: Threefry-2x32 with 13 rounds, of 24 counters.
 *
 * Idea: a vector operation may take two cycles, and a round waits for the one before: six groups of four counters side by
 * side keep the processor busy (the loop keeps the optimiser from lining them up one after the other).
 */
import { BY_16, BY_24, mixed, moved } from "./threefry32";

/** Bytes of a key schedule: four pairs of vectors. */
export const SCHEDULE13_BYTES: usize = 128;
/** Counters of a call; bytes of their lower words, and of the upper ones behind them; bytes of what comes out. */
export const DRAWN: i32 = 24;
export const LOWS_BYTES: usize = 96;
export const COUNTER_BYTES: usize = 192;
export const DRAWN_BYTES: usize = 192;

/** Writes what is added before the first round and behind each fourth. */
export function writeSchedule13(key0: i32, key1: i32, at: usize): void {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  writePair(at, key0, key1);
  writePair(at + 32, key1, key2 + 1);
  writePair(at + 64, key2, key0 + 2);
  writePair(at + 96, key0, key1 + 3);
}

// @ts-ignore: decorator
@inline function writePair(at: usize, x: i32, y: i32): void {
  v128.store(at, i32x4.splat(x));
  v128.store(at, i32x4.splat(y), 16);
}

/** Blocks of the counters: for each four of them, four first words and four second words. */
export function threefry13(schedule: usize, counters: usize, to: usize): void {
  const by16 = v128.load(BY_16), by24 = v128.load(BY_24), first = v128.load(schedule), second = v128.load(schedule, 16);
  let a = i32x4.add(v128.load(counters), first), b = i32x4.add(v128.load(counters, 96), second);
  let c = i32x4.add(v128.load(counters, 16), first), d = i32x4.add(v128.load(counters, 112), second);
  let e = i32x4.add(v128.load(counters, 32), first), f = i32x4.add(v128.load(counters, 128), second);
  let g = i32x4.add(v128.load(counters, 48), first), h = i32x4.add(v128.load(counters, 144), second);
  let m = i32x4.add(v128.load(counters, 64), first), n = i32x4.add(v128.load(counters, 160), second);
  let u = i32x4.add(v128.load(counters, 80), first), w = i32x4.add(v128.load(counters, 176), second);
  let odd = 0;
  for (let keys = schedule + 32; keys < schedule + SCHEDULE13_BYTES; keys += 32) {
    if (odd) {
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 17); d = mixed(d, c, 17); f = mixed(f, e, 17); h = mixed(h, g, 17); n = mixed(n, m, 17); w = mixed(w, u, 17);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 29); d = mixed(d, c, 29); f = mixed(f, e, 29); h = mixed(h, g, 29); n = mixed(n, m, 29); w = mixed(w, u, 29);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = moved(b, a, by16); d = moved(d, c, by16); f = moved(f, e, by16);
      h = moved(h, g, by16); n = moved(n, m, by16); w = moved(w, u, by16);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = moved(b, a, by24); d = moved(d, c, by24); f = moved(f, e, by24);
      h = moved(h, g, by24); n = moved(n, m, by24); w = moved(w, u, by24);
    } else {
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 13); d = mixed(d, c, 13); f = mixed(f, e, 13); h = mixed(h, g, 13); n = mixed(n, m, 13); w = mixed(w, u, 13);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 15); d = mixed(d, c, 15); f = mixed(f, e, 15); h = mixed(h, g, 15); n = mixed(n, m, 15); w = mixed(w, u, 15);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 26); d = mixed(d, c, 26); f = mixed(f, e, 26); h = mixed(h, g, 26); n = mixed(n, m, 26); w = mixed(w, u, 26);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 6); d = mixed(d, c, 6); f = mixed(f, e, 6); h = mixed(h, g, 6); n = mixed(n, m, 6); w = mixed(w, u, 6);
    }
    const x = v128.load(keys), y = v128.load(keys, 16);
    a = i32x4.add(a, x); c = i32x4.add(c, x); e = i32x4.add(e, x); g = i32x4.add(g, x); m = i32x4.add(m, x); u = i32x4.add(u, x);
    b = i32x4.add(b, y); d = i32x4.add(d, y); f = i32x4.add(f, y); h = i32x4.add(h, y); n = i32x4.add(n, y); w = i32x4.add(w, y);
    odd ^= 1;
  }
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
  v128.store(to, a); v128.store(to, mixed(b, a, 17), 16); v128.store(to, c, 32); v128.store(to, mixed(d, c, 17), 48);
  v128.store(to, e, 64); v128.store(to, mixed(f, e, 17), 80); v128.store(to, g, 96); v128.store(to, mixed(h, g, 17), 112);
  v128.store(to, m, 128); v128.store(to, mixed(n, m, 17), 144); v128.store(to, u, 160); v128.store(to, mixed(w, u, 17), 176);
}
