/** Reductions of a contiguous run of integers; sums and products wrap. */

export function sumI32(x: usize, count: i32): i32 {
  const end = x + (<usize>count << 2);
  let a = i32x4.splat(0);
  for (; x + 16 <= end; x += 16) a = i32x4.add(a, v128.load(x));
  let total = i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
  for (; x < end; x += 4) total += load<i32>(x);
  return total;
}

export function prodI32(x: usize, count: i32): i32 {
  const end = x + (<usize>count << 2);
  let a = i32x4.splat(1);
  for (; x + 16 <= end; x += 16) a = i32x4.mul(a, v128.load(x));
  let total = i32x4.extract_lane(a, 0) * i32x4.extract_lane(a, 1) * i32x4.extract_lane(a, 2) * i32x4.extract_lane(a, 3);
  for (; x < end; x += 4) total *= load<i32>(x);
  return total;
}

export function maxI32(x: usize, count: i32): i32 {
  const end = x + (<usize>count << 2);
  let a = i32x4.splat(i32.MIN_VALUE);
  for (; x + 16 <= end; x += 16) a = i32x4.max_s(a, v128.load(x));
  let best = max(max(i32x4.extract_lane(a, 0), i32x4.extract_lane(a, 1)), max(i32x4.extract_lane(a, 2), i32x4.extract_lane(a, 3)));
  for (; x < end; x += 4) best = max(best, load<i32>(x));
  return best;
}

export function minI32(x: usize, count: i32): i32 {
  const end = x + (<usize>count << 2);
  let a = i32x4.splat(i32.MAX_VALUE);
  for (; x + 16 <= end; x += 16) a = i32x4.min_s(a, v128.load(x));
  let best = min(min(i32x4.extract_lane(a, 0), i32x4.extract_lane(a, 1)), min(i32x4.extract_lane(a, 2), i32x4.extract_lane(a, 3)));
  for (; x < end; x += 4) best = min(best, load<i32>(x));
  return best;
}
