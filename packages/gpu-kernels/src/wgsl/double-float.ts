import type { WgslFunctions } from "./library.ts";

/**
 * Numbers as unevaluated sums of two floats (Dekker 1971), for what single precision cannot hold on the way: x^y.
 *
 * Compilers fuse products with sums and reorder sums, by which the lower halves are lost: what is subtracted again is
 * `sealed`.
 */
export const doubleFunctions: WgslFunctions = {
  twoSum: {
    needs: ["sealed"],
    code: `fn twoSum(a: f32, b: f32) -> vec2<f32> {
  let s = sealed(a + b);
  let t = sealed(s - a);
  return vec2<f32>(s, sealed(a - sealed(s - t)) + (b - t));
}`,
  },
  // Halves of 12 bits, so that their products are exact, fused or not
  twoProduct: {
    needs: ["sealed"],
    code: `fn twoProduct(a: f32, b: f32) -> vec2<f32> {
  let p = sealed(a * b);
  let ah = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let al = sealed(a - ah);
  let bh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let bl = sealed(b - bh);
  return vec2<f32>(p, (sealed(ah * bh - p) + ah * bl + al * bh) + al * bl);
}`,
  },
  timesPair: {
    needs: ["twoProduct", "quickSum"],
    code: `fn timesPair(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let p = twoProduct(a.x, b.x);
  return quickSum(p.x, p.y + (a.x * b.y + a.y * b.x));
}`,
  },
  // |a| >= |b|
  quickSum: {
    needs: ["sealed"],
    code: `fn quickSum(a: f32, b: f32) -> vec2<f32> {
  let s = sealed(a + b);
  return vec2<f32>(s, b - sealed(s - a));
}`,
  },
  plusPair: {
    needs: ["twoSum", "quickSum"],
    code: `fn plusPair(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let s = twoSum(a.x, b.x);
  return quickSum(s.x, s.y + (a.y + b.y));
}`,
  },
  // log2 of a positive finite x: its odd series in s = (m - 1) / (m + 1), the first two terms as pairs
  log2Pair: {
    needs: ["splitLog", "twoSum", "twoProduct", "timesPair", "plusPair", "quickSum"],
    code: `fn log2Pair(x: f32) -> vec2<f32> {
  let kf = splitLog(x);
  let f = kf.y;
  let below = twoSum(f, 2.0);
  let q = f / below.x;
  let back = twoProduct(q, below.x);
  let s = quickSum(q, (sealed(f - back.x) - back.y - q * below.y) / below.x);
  let z = timesPair(s, s);
  var p = 0.282993426093795 * z.x + 0.3198995183384937;
  p = p * z.x + 0.41220939379842336;
  p = p * z.x + 0.5770779410647352;
  let inner = plusPair(timesPair(z, plusPair(vec2<f32>(0.96179670095443726, -6.8369976e-9), vec2<f32>(p * z.x, 0.0))), vec2<f32>(2.885390043258667, 3.851918251e-8));
  let product = timesPair(s, inner);
  let sum = twoSum(kf.x, product.x);
  return quickSum(sum.x, sum.y + product.y);
}`,
  },
  // x^y for positive finite x; what overflows is infinite
  powPositive: {
    needs: ["log2Pair", "twoProduct", "growth", "scaleByPower"],
    code: `fn powPositive(x: f32, y: f32) -> f32 {
  let l = log2Pair(x);
  if (!(abs(y * l.x) < 250.0)) { return select(0.0, infinity(), y * l.x > 0.0); }
  let t = twoProduct(y, l.x);
  let low = t.y + y * l.y;
  let n = round(t.x);
  let f = t.x - n;
  let rest = low * 0.6931471805599453;
  let p = growth(sealed(f * 0.6931471805599453));
  return scaleByPower(1.0 + sealed(p + (rest + p * rest)), i32(n));
}`,
  },
  pow_: {
    needs: ["powPositive", "isNan", "isInf", "magnitude", "withSign"],
    code: `fn pow_(x: f32, y: f32) -> f32 {
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  let a = magnitude(x);
  if (isInf(y)) { return select(select(0.0, infinity(), (a > 1.0) == (y > 0.0)), 1.0, a == 1.0); }
  let big = magnitude(y) >= 16777216.0;
  let whole = big || round(y) == y;
  let odd = whole && !big && (i32(y) & 1) == 1;
  var r = 0.0;
  if (a == 0.0 || isInf(a)) {
    r = select(0.0, infinity(), (a == 0.0) == (y < 0.0));
  } else {
    if (x < 0.0 && !whole) { return nan(); }
    r = select(powPositive(a, y), 1.0, a == 1.0);
  }
  return select(r, withSign(r, x), odd);
}`,
  },
};
