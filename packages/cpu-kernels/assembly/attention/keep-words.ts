/**
 * Random words for a panel of 8 queries.
 *
 * Ideas: lanes are queries, so that words come in the form of a block, `[key][query]`. A vector operation may take two
 * cycles, and a round waits for the one before: six groups of four counters side by side keep the processor busy.
 */
import { BY_16, BY_24, mixed, moved, SCHEDULE_BYTES } from "../elementwise/threefry32";

/** Keys of a call. */
export const DRAWN_KEYS: i32 = 6;

/**
 * Words of 6 keys of 8 queries: 6 rows of 8 words to `to`.
 *
 * @param lows   8 words: the lower words of the queries' counters for the first two keys; the next keys' are one more
 * @param highs  three rows of 8 words: the upper words of the counters, two keys each, and the second word of the key
 */
export function drawPanel(schedule: usize, lows: usize, highs: usize, to: usize): void {
  const by16 = v128.load(BY_16), by24 = v128.load(BY_24), one = i32x4.splat(1);
  let a = i32x4.add(v128.load(lows), v128.load(schedule)), c = i32x4.add(v128.load(lows, 16), v128.load(schedule));
  let e = i32x4.add(a, one), g = i32x4.add(c, one), m = i32x4.add(e, one), u = i32x4.add(g, one);
  let b = v128.load(highs), d = v128.load(highs, 16), f = v128.load(highs, 32);
  let h = v128.load(highs, 48), n = v128.load(highs, 64), w = v128.load(highs, 80);
  let odd = 0;
  for (let keys = schedule + 32; keys < schedule + SCHEDULE_BYTES; keys += 32) {
    if (odd) {
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 17); d = mixed(d, c, 17); f = mixed(f, e, 17);
      h = mixed(h, g, 17); n = mixed(n, m, 17); w = mixed(w, u, 17);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 29); d = mixed(d, c, 29); f = mixed(f, e, 29);
      h = mixed(h, g, 29); n = mixed(n, m, 29); w = mixed(w, u, 29);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = moved(b, a, by16); d = moved(d, c, by16); f = moved(f, e, by16);
      h = moved(h, g, by16); n = moved(n, m, by16); w = moved(w, u, by16);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = moved(b, a, by24); d = moved(d, c, by24); f = moved(f, e, by24);
      h = moved(h, g, by24); n = moved(n, m, by24); w = moved(w, u, by24);
    } else {
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 13); d = mixed(d, c, 13); f = mixed(f, e, 13);
      h = mixed(h, g, 13); n = mixed(n, m, 13); w = mixed(w, u, 13);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 15); d = mixed(d, c, 15); f = mixed(f, e, 15);
      h = mixed(h, g, 15); n = mixed(n, m, 15); w = mixed(w, u, 15);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 26); d = mixed(d, c, 26); f = mixed(f, e, 26);
      h = mixed(h, g, 26); n = mixed(n, m, 26); w = mixed(w, u, 26);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f);
      g = i32x4.add(g, h); m = i32x4.add(m, n); u = i32x4.add(u, w);
      b = mixed(b, a, 6); d = mixed(d, c, 6); f = mixed(f, e, 6);
      h = mixed(h, g, 6); n = mixed(n, m, 6); w = mixed(w, u, 6);
    }
    const x = v128.load(keys), y = v128.load(keys, 16);
    a = i32x4.add(a, x); c = i32x4.add(c, x); e = i32x4.add(e, x); g = i32x4.add(g, x); m = i32x4.add(m, x); u = i32x4.add(u, x);
    b = i32x4.add(b, y); d = i32x4.add(d, y); f = i32x4.add(f, y); h = i32x4.add(h, y); n = i32x4.add(n, y); w = i32x4.add(w, y);
    odd ^= 1;
  }
  v128.store(to, a); v128.store(to, c, 16); v128.store(to, b, 32); v128.store(to, d, 48);
  v128.store(to, e, 64); v128.store(to, g, 80); v128.store(to, f, 96); v128.store(to, h, 112);
  v128.store(to, m, 128); v128.store(to, u, 144); v128.store(to, n, 160); v128.store(to, w, 176);
}
