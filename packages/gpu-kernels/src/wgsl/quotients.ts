import type { WgslFunctions } from "./library.ts";

/** Quotients rounded to integers and remainders, exactly. */
export const quotientFunctions: WgslFunctions = {
  // The remainder of two positive finite numbers, by long division of mantissas: exact, a step per bit of the quotient.
  remainderOf: {
    needs: ["mantissaOf"],
    code: `fn remainderOf(a: f32, b: f32) -> f32 {
  if (a < b) { return a; }
  let x = mantissaOf(a);
  let y = mantissaOf(b);
  var m = u32(x.x);
  let d = u32(y.x);
  for (var e = x.y; e > y.y; e--) { m = (m % d) << 1u; }
  m = m % d;
  // m 2^e, exactly: in two factors where 2^e alone is no number
  let half = y.y >> 1u;
  return f32(m) * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((y.y - half + 127) << 23u);
}`,
  },
  // (m, e) with x = m 2^e and m < 2^24
  mantissaOf: {
    code: `fn mantissaOf(x: f32) -> vec2<i32> {
  let bits = bitcast<u32>(x);
  let exponent = i32((bits >> 23u) & 0xffu);
  let fraction = i32(bits & 0x7fffffu);
  if (exponent == 0) { return vec2<i32>(fraction, -149); }
  return vec2<i32>(fraction | 0x800000, exponent - 150);
}`,
  },
  fmod_: {
    needs: ["remainderOf", "isNan", "isInf", "magnitude", "withSign"],
    code: `fn fmod_(x: f32, y: f32) -> f32 {
  if (isNan(x) || isNan(y) || isInf(x) || y == 0.0) { return nan(); }
  if (isInf(y) || x == 0.0) { return x; }
  return withSign(remainderOf(magnitude(x), magnitude(y)), x);
}`,
  },
  remainder_: {
    needs: ["fmod_"],
    code: `fn remainder_(x: f32, y: f32) -> f32 {
  let r = fmod_(x, y);
  return select(r, r + y, r != 0.0 && (r < 0.0) != (y < 0.0) && !isNan(r));
}`,
  },
  // A quotient that rounding lifted to an integer is one too high: then the remainder is almost the divisor.
  truncDiv_: {
    needs: ["divide", "remainderOf", "isNan", "isInf", "magnitude", "withSign"],
    code: `fn truncDiv_(x: f32, y: f32) -> f32 {
  let q = divide(x, y);
  if (isNan(x) || isNan(y) || isInf(x) || isInf(y) || y == 0.0 || x == 0.0) { return q; }
  let a = magnitude(q);
  if (!(a < 16777216.0)) { return q; }
  var t = floor(a);
  if (t == a && remainderOf(magnitude(x), magnitude(y)) > 0.5 * magnitude(y)) { t -= 1.0; }
  return withSign(t, q);
}`,
  },
  floorDiv_: {
    needs: ["truncDiv_"],
    code: `fn floorDiv_(x: f32, y: f32) -> f32 {
  let q = divide(x, y);
  if (isNan(x) || isNan(y) || isInf(x) || isInf(y) || y == 0.0 || x == 0.0) { return q; }
  let t = truncDiv_(x, y);
  if (!(magnitude(q) < 16777216.0)) { return t; }
  let whole = remainderOf(magnitude(x), magnitude(y)) == 0.0;
  return select(t, t - 1.0, !whole && (x < 0.0) != (y < 0.0));
}`,
  },
  // Integers: nothing traps; a division by zero gives 0, the lowest number over -1 itself.
  intDiv: {
    code: `fn intDiv(x: i32, y: i32) -> i32 {
  if (y == 0) { return 0; }
  if (y == -1) { return -x; }
  return x / y;
}`,
  },
  intMod: {
    code: `fn intMod(x: i32, y: i32) -> i32 {
  if (y == 0 || y == -1) { return 0; }
  return x % y;
}`,
  },
  intFloorDiv: {
    needs: ["intDiv", "intMod"],
    code: `fn intFloorDiv(x: i32, y: i32) -> i32 {
  let rest = intMod(x, y);
  return intDiv(x, y) - select(0, 1, rest != 0 && (rest < 0) != (y < 0));
}`,
  },
  intRemainder: {
    needs: ["intMod"],
    code: `fn intRemainder(x: i32, y: i32) -> i32 {
  let rest = intMod(x, y);
  return select(rest, rest + y, rest != 0 && (rest < 0) != (y < 0));
}`,
  },
  intPower: {
    code: `fn intPower(x: i32, y: i32) -> i32 {
  if (y < 0) { return select(select(0, select(1, -1, (y & 1) == 1), x == -1), 1, x == 1); }
  var result = 1;
  var base = x;
  for (var n = y; n != 0; n = n >> 1u) {
    if ((n & 1) == 1) { result *= base; }
    base *= base;
  }
  return result;
}`,
  },
};
