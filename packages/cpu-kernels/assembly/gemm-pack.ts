/**
 * One idea: the register tile wants B in panels of 8 columns, k by k, and A by rows; whatever the strides are, a
 * block is copied into that form once and read many times. Contiguous k is turned by 4 x 4 transposes in registers.
 *
 * All strides in bytes; they may be 0 or negative.
 */

/** Writes a transposed 4 x 4 block: column j of (a, b, c, d) goes to `to + j * step`. */
// @ts-ignore: decorator
@inline
function storeTransposed(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const ef = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const gh = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(to, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(to + step, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  v128.store(to + 2 * step, i8x16.shuffle(ef, gh, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(to + 3 * step, i8x16.shuffle(ef, gh, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

/** Short copies: `memory.copy` is a call out of WASM. */
function copyFloats(from: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, v128.load(from));
  for (; count > 0; --count, from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** `rows x columns` floats to `to`, rows `ld` bytes apart, from any strides. */
export function packRows(from: usize, rowStride: isize, columnStride: isize, rows: i32, columns: i32, to: usize, ld: usize): void {
  let row = 0;
  if (columnStride == 4) {
    for (; row < rows; ++row) copyFloats(from + <usize>row * <usize>rowStride, to + <usize>row * ld, columns);
    return;
  }
  if (rowStride == 4) {
    // 16 rows, a cache line of each column, while there are as many: columns a power of 2 apart push each other out of L1.
    for (let height = 0; row + 4 <= rows; row += height) {
      height = row + 16 <= rows ? 16 : 4;
      let column = 0;
      for (; column + 4 <= columns; column += 4) {
        const target = to + <usize>row * ld + (<usize>column << 2);
        for (let i = 0; i < height; i += 4) {
          let source = from + (<usize>(row + i) << 2) + <usize>column * <usize>columnStride;
          const a = v128.load(source); source += <usize>columnStride;
          const b = v128.load(source); source += <usize>columnStride;
          const c = v128.load(source); source += <usize>columnStride;
          const d = v128.load(source);
          storeTransposed(a, b, c, d, target + <usize>i * ld, ld);
        }
      }
      for (; column < columns; ++column) {
        const source = from + (<usize>row << 2) + <usize>column * <usize>columnStride;
        const target = to + <usize>row * ld + (<usize>column << 2);
        for (let i = 0; i < height; ++i) store<f32>(target + <usize>i * ld, load<f32>(source + (<usize>i << 2)));
      }
    }
  }
  for (; row < rows; ++row) {
    let source = from + <usize>row * <usize>rowStride;
    let target = to + <usize>row * ld;
    for (let column = 0; column < columns; ++column) {
      store<f32>(target, load<f32>(source));
      source += <usize>columnStride;
      target += 4;
    }
  }
}

/** A panel of `k` rows of 8 floats, 32 bytes apart, from any strides; columns beyond `columns` become 0. */
export function packPanel(from: usize, rowStride: isize, columnStride: isize, k: i32, columns: i32, to: usize): void {
  if (columns < 8) {
    for (; k > 0; --k) {
      v128.store(to, i32x4.splat(0));
      v128.store(to, i32x4.splat(0), 16);
      for (let j = 0; j < columns; ++j) store<f32>(to + (<usize>j << 2), load<f32>(from + <usize>j * <usize>columnStride));
      from += <usize>rowStride;
      to += 32;
    }
    return;
  }
  if (columnStride == 4) {
    for (; k > 0; --k) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += <usize>rowStride;
      to += 32;
    }
    return;
  }
  if (rowStride == 4) {
    const step = <usize>columnStride;
    for (; k >= 4; k -= 4) {
      const half = from + 4 * step;
      storeTransposed(v128.load(from), v128.load(from + step), v128.load(from + 2 * step), v128.load(from + 3 * step), to, 32);
      storeTransposed(v128.load(half), v128.load(half + step), v128.load(half + 2 * step), v128.load(half + 3 * step), to + 16, 32);
      from += 16;
      to += 128;
    }
  }
  for (; k > 0; --k) {
    for (let j: usize = 0; j < 8; ++j) store<f32>(to + (j << 2), load<f32>(from + j * <usize>columnStride));
    from += <usize>rowStride;
    to += 32;
  }
}
