/** One idea: 12 independent chains of multiply-add, nothing else: the peak that GEMM is measured against. */
import { madd } from "./simd";
import { WORKSPACE } from "./layout";

/** 192 floating-point operations a round. Factors come from memory, since V8 makes constants anew at each use. */
export function peakMadd(rounds: i32): f32 {
  const x = v128.load(WORKSPACE), y = v128.load(WORKSPACE, 16);
  let a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (; rounds > 0; --rounds) {
    a = madd(x, y, a); b = madd(x, y, b); c = madd(x, y, c); d = madd(x, y, d); e = madd(x, y, e); f = madd(x, y, f);
    g = madd(x, y, g); h = madd(x, y, h); i = madd(x, y, i); j = madd(x, y, j); k = madd(x, y, k); l = madd(x, y, l);
    a = madd(x, y, a); b = madd(x, y, b); c = madd(x, y, c); d = madd(x, y, d); e = madd(x, y, e); f = madd(x, y, f);
    g = madd(x, y, g); h = madd(x, y, h); i = madd(x, y, i); j = madd(x, y, j); k = madd(x, y, k); l = madd(x, y, l);
  }
  a = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
  a = f32x4.add(a, f32x4.add(f32x4.add(i, j), f32x4.add(k, l)));
  return f32x4.extract_lane(a, 0);
}
