/** What happens to a row of accumulators: one row joins, eight rows join, or it continues in double precision. */
import { MAX, SUM } from "./partial";

/** NaN wins maximum and minimum. */
// @ts-ignore: decorator
@inline function join(kind: i32, a: v128, b: v128): v128 {
  if (kind == SUM) return f32x4.add(a, b);
  return kind == MAX ? f32x4.max(a, b) : f32x4.min(a, b);
}

// @ts-ignore: decorator
@inline function joinScalar(kind: i32, a: f32, b: f32): f32 {
  if (kind == SUM) return a + b;
  return kind == MAX ? max(a, b) : min(a, b);
}

export function addRow(kind: i32, x: usize, width: i32, sums: usize): void {
  const end = sums + (<usize>width << 2);
  for (; sums + 16 <= end; sums += 16, x += 16) v128.store(sums, join(kind, v128.load(sums), v128.load(x)));
  for (; sums < end; sums += 4, x += 4) store<f32>(sums, joinScalar(kind, load<f32>(sums), load<f32>(x)));
}

/** Eight rows, `step` bytes apart. */
export function addRows8(kind: i32, x: usize, step: usize, width: i32, sums: usize): void {
  if (kind == SUM) return sumRows8(x, step, width, sums);
  for (let i = 0; i < 8; ++i, x += step) addRow(kind, x, width, sums);
}

function sumRows8(x: usize, step: usize, width: i32, sums: usize): void {
  const end = sums + (<usize>width << 2);
  let y = x + step * 4;
  const step2 = step * 2;
  const step3 = step * 3;
  for (; sums + 16 <= end; sums += 16, x += 16, y += 16) {
    const ab = f32x4.add(v128.load(x), v128.load(x + step));
    const cd = f32x4.add(v128.load(x + step2), v128.load(x + step3));
    const ef = f32x4.add(v128.load(y), v128.load(y + step));
    const gh = f32x4.add(v128.load(y + step2), v128.load(y + step3));
    const all = f32x4.add(f32x4.add(ab, cd), f32x4.add(ef, gh));
    v128.store(sums, f32x4.add(v128.load(sums), all));
  }
  for (; sums < end; sums += 4, x += 4, y += 4) {
    const upper = (load<f32>(x) + load<f32>(x + step)) + (load<f32>(x + step2) + load<f32>(x + step3));
    const lower = (load<f32>(y) + load<f32>(y + step)) + (load<f32>(y + step2) + load<f32>(y + step3));
    store<f32>(sums, load<f32>(sums) + (upper + lower));
  }
}

/** Adds the accumulators to doubles, or starts these with them. */
export function flushColumns(kind: i32, sums: usize, width: i32, doubles: usize, fresh: bool): void {
  const end = sums + (<usize>width << 2);
  for (; sums < end; sums += 4, doubles += 8) {
    const value = <f64>load<f32>(sums);
    const old = load<f64>(doubles);
    store<f64>(doubles, fresh ? value : kind == SUM ? old + value : kind == MAX ? max(old, value) : min(old, value));
  }
}
