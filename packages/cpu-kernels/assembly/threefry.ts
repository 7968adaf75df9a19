/**
 * Threefry-2x32, 20 rounds (Salmon et al. 2011), four counters at a time.
 *
 * One idea: adds, rotates and xors only, so that every backend gives the same bits; lanes are consecutive counters.
 */

// @ts-ignore: decorator
@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}

/** `b' = rotl(b) ^ (a + b)`, once `a` has become the sum. */
// @ts-ignore: decorator
@inline
function mix(a: v128, b: v128, by: i32): v128 {
  return v128.xor(rotate(b, by), a);
}

/**
 * The blocks of counters `(high, low)`, `+ 1`, `+ 2`, `+ 3` (64-bit, with carry): four first words at `to`, four second
 * words at `to + 16`. The counter's low word is the cipher's first input word.
 */
export function threefry4(key0: i32, key1: i32, low: i32, high: i32, to: usize): void {
  const k0 = i32x4.splat(key0), k1 = i32x4.splat(key1);
  const k2 = i32x4.splat(key0 ^ key1 ^ 0x1BD11BDA);
  const first = i32x4.splat(low);
  const lows = i32x4.add(first, i32x4(0, 1, 2, 3));
  // A lane that wrapped is all ones in the comparison: subtracting -1 carries.
  const highs = i32x4.sub(i32x4.splat(high), i32x4.lt_u(lows, first));
  let a = i32x4.add(lows, k0);
  let b = i32x4.add(highs, k1);

  a = i32x4.add(a, b); b = mix(a, b, 13);
  a = i32x4.add(a, b); b = mix(a, b, 15);
  a = i32x4.add(a, b); b = mix(a, b, 26);
  a = i32x4.add(a, b); b = mix(a, b, 6);
  a = i32x4.add(a, k1); b = i32x4.add(b, i32x4.add(k2, i32x4.splat(1)));

  a = i32x4.add(a, b); b = mix(a, b, 17);
  a = i32x4.add(a, b); b = mix(a, b, 29);
  a = i32x4.add(a, b); b = mix(a, b, 16);
  a = i32x4.add(a, b); b = mix(a, b, 24);
  a = i32x4.add(a, k2); b = i32x4.add(b, i32x4.add(k0, i32x4.splat(2)));

  a = i32x4.add(a, b); b = mix(a, b, 13);
  a = i32x4.add(a, b); b = mix(a, b, 15);
  a = i32x4.add(a, b); b = mix(a, b, 26);
  a = i32x4.add(a, b); b = mix(a, b, 6);
  a = i32x4.add(a, k0); b = i32x4.add(b, i32x4.add(k1, i32x4.splat(3)));

  a = i32x4.add(a, b); b = mix(a, b, 17);
  a = i32x4.add(a, b); b = mix(a, b, 29);
  a = i32x4.add(a, b); b = mix(a, b, 16);
  a = i32x4.add(a, b); b = mix(a, b, 24);
  a = i32x4.add(a, k1); b = i32x4.add(b, i32x4.add(k2, i32x4.splat(4)));

  a = i32x4.add(a, b); b = mix(a, b, 13);
  a = i32x4.add(a, b); b = mix(a, b, 15);
  a = i32x4.add(a, b); b = mix(a, b, 26);
  a = i32x4.add(a, b); b = mix(a, b, 6);
  v128.store(to, i32x4.add(a, k2));
  v128.store(to, i32x4.add(b, i32x4.add(k0, i32x4.splat(5))), 16);
}
