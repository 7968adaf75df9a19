/**
 * Backward of layer and RMS normalisation. With `h = (x - mean) rstd` and `g = dy w`:
 * `dx = rstd (g - mean(g) - h mean(g h))` (RMS: without mean(g)), `dWeight = sum over rows of dy h`, `dBias` of dy.
 *
 * Idea: one pass over a row finds both means and adds to the tile's dWeight and dBias; a second one writes dx. There
 * are at most 64 tiles, whose sums are added in order.
 */
import { OUT, OWN } from "../elementwise/operands";
import { WORKSPACE, WORKSPACE_BYTES } from "../layout";
import { nmadd } from "../math/lanes";
import { parallel } from "../pool";
import { madd } from "../simd";
import { orFilled } from "./normalize";
import { ROWS, WIDTH, outRow, rowOf, rowStage, wideSum } from "./row-access";

/** Addresses of weight (0: none), mean (0: RMS) and rstd. */
const WEIGHT: usize = OWN;
const MEAN: usize = OWN + 4;
const RSTD: usize = OWN + 8;
/** Of the running kernel: rows of a tile. */
const EACH: usize = OWN + 12;

const MAX_TILES: i32 = 64;
const MIN_ROWS: i32 = 8;
/** Elements after which a row's sums continue in double precision. */
const BLOCK: i32 = 4096;

/** Inputs x, dy; outputs dx, dWeight, dBias (RMS: 0). */
export function normBackward(): void {
  const rows = load<i32>(ROWS);
  const width = load<i32>(WIDTH);
  const room = <i32>(WORKSPACE_BYTES / tileBytes(width));
  const wanted = min(MAX_TILES, (rows + MIN_ROWS - 1) / MIN_ROWS);
  const each = (rows + min(room, wanted) - 1) / min(room, wanted);
  const tiles = (rows + each - 1) / each;
  store<i32>(EACH, each);
  parallel(backwardTile.index, tiles, <f64>rows * <f64>width * 12);
  addTiles(load<usize>(OUT + 4), 0, tiles, width);
  if (load<usize>(OUT + 8)) addTiles(load<usize>(OUT + 8), 16, tiles, width);
}

/**
 * Bytes of a tile's sums: four of dWeight, four of dBias, and so on.
 */
// @ts-ignore: decorator
@inline function tileBytes(width: i32): usize {
  return <usize>((width + 3) & ~3) << 3;
}

/** Adds the tiles' sums, one tile after the other: those `offset` bytes into each group of 32. */
function addTiles(out: usize, offset: usize, tiles: i32, width: i32): void {
  const step = tileBytes(width);
  const wide = out + (<usize>(width & ~3) << 2);
  const end = out + (<usize>width << 2);
  for (let t = 0; t < tiles; ++t) {
    let own = WORKSPACE + <usize>t * step + offset;
    let to = out;
    for (; to < wide; to += 16, own += 32) v128.store(to, t ? f32x4.add(v128.load(to), v128.load(own)) : v128.load(own));
    for (; to < end; to += 4, own += 4) store<f32>(to, t ? load<f32>(to) + load<f32>(own) : load<f32>(own));
  }
}

function backwardTile(tile: i32, thread: i32): void {
  const width = load<i32>(WIDTH);
  const each = load<i32>(EACH);
  const means = load<usize>(MEAN);
  const rstds = load<usize>(RSTD);
  const own = WORKSPACE + <usize>tile * tileBytes(width);
  memory.fill(own, 0, tileBytes(width));
  const weight = orFilled(load<usize>(WEIGHT), 1, rowStage(thread, 2), width);
  const end = min((tile + 1) * each, load<i32>(ROWS));
  for (let row = tile * each; row < end; ++row) {
    const x = rowOf(0, row, rowStage(thread, 0));
    const dy = rowOf(1, row, rowStage(thread, 1));
    const mean = means ? load<f32>(means + (<usize>row << 2)) : 0;
    const rstd = load<f32>(rstds + (<usize>row << 2));
    sums(x, dy, weight, mean, rstd, own, width);
    const shift = means ? <f32>(sumG / <f64>width) : 0;
    input(x, dy, weight, mean, rstd, shift, <f32>(sumGH / <f64>width), outRow(0, row), width);
  }
}

/** Results of `sums`: each thread has its own instance. */
let sumG: f64 = 0;
let sumGH: f64 = 0;

/** Adds a row to the tile's sums, and finds the sums of g and g h. */
function sums(x: usize, dy: usize, weight: usize, mean: f32, rstd: f32, own: usize, count: i32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(rstd);
  sumG = sumGH = 0;
  while (count > 0) {
    const size = min(count, BLOCK);
    const end = x + (<usize>size << 2);
    let a = f32x4.splat(0);
    let b = a;
    for (; x + 16 <= end; x += 16, dy += 16, weight += 16, own += 32) {
      const h = f32x4.mul(f32x4.sub(v128.load(x), m), r);
      const d = v128.load(dy);
      const g = f32x4.mul(d, v128.load(weight));
      a = f32x4.add(a, g);
      b = madd(g, h, b);
      v128.store(own, madd(d, h, v128.load(own)));
      v128.store(own, f32x4.add(v128.load(own, 16), d), 16);
    }
    for (; x < end; x += 4, dy += 4, weight += 4, own += 4) {
      const h = (load<f32>(x) - mean) * rstd;
      const d = load<f32>(dy);
      const g = d * load<f32>(weight);
      sumG += <f64>g;
      sumGH += <f64>g * <f64>h;
      store<f32>(own, load<f32>(own) + d * h);
      store<f32>(own, load<f32>(own, 16) + d, 16);
    }
    sumG += wideSum(a);
    sumGH += wideSum(b);
    count -= size;
  }
}

/** `dx = rstd (g - shift - h slope)`. */
function input(x: usize, dy: usize, weight: usize, mean: f32, rstd: f32, shift: f32, slope: f32, dx: usize, count: i32): void {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(rstd);
  const c = f32x4.splat(shift);
  const s = f32x4.splat(slope);
  const end = x + (<usize>count << 2);
  for (; x + 16 <= end; x += 16, dy += 16, weight += 16, dx += 16) {
    const h = f32x4.mul(f32x4.sub(v128.load(x), m), r);
    const g = f32x4.sub(f32x4.mul(v128.load(dy), v128.load(weight)), c);
    v128.store(dx, f32x4.mul(r, nmadd(h, s, g)));
  }
  for (; x < end; x += 4, dy += 4, weight += 4, dx += 4) {
    const h = (load<f32>(x) - mean) * rstd;
    store<f32>(dx, rstd * (load<f32>(dy) * load<f32>(weight) - shift - h * slope));
  }
}
