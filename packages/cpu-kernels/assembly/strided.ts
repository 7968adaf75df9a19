/**
 * One idea: a loop nest in ARGS (see src/views/strided.ts); a tile asks where its rows begin.
 *
 * A "row" is one run of the innermost dimension.
 */
export const MAX_RANK: i32 = 12;

/** Bytes of a plan for that many views. */
// @ts-ignore: decorator
@inline
export function stridedBytes(views: i32): usize {
  return <usize>(2 + MAX_RANK * (1 + views)) * 4;
}

// @ts-ignore: decorator
@inline
export function planRank(plan: usize): i32 {
  return load<i32>(plan);
}

/** Number of elements. */
// @ts-ignore: decorator
@inline
export function planCount(plan: usize): i32 {
  return load<i32>(plan, 4);
}

// @ts-ignore: decorator
@inline
export function planSize(plan: usize, dimension: i32): i32 {
  return load<i32>(plan + 8 + (<usize>dimension << 2));
}

/** Stride of a view (0 is the first) in elements. */
// @ts-ignore: decorator
@inline
export function planStride(plan: usize, view: i32, dimension: i32): i32 {
  return load<i32>(plan + 8 + (<usize>(MAX_RANK * (1 + view) + dimension) << 2));
}

/** Offset in elements of row `row` of a view. */
export function rowOffset(plan: usize, view: i32, row: i32): i32 {
  let offset = 0;
  for (let d = planRank(plan) - 2; d >= 0; --d) {
    const size = planSize(plan, d);
    const next = row / size;
    offset += (row - next * size) * planStride(plan, view, d);
    row = next;
  }
  return offset;
}
