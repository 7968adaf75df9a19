/** One idea: indices of four elements are checked and become offsets as vectors; only the elements are read one by one. */
import { captured } from "./layout";

const NAN: f32 = NaN;

/** `count` numbers of a captured tensor. `operands`: for each of `rank` indices its register and bytes from row to row. */
export function loadStep(tensor: i32, rank: i32, operands: usize, registers: usize, out: usize, rows: i32): void {
  const record = captured(tensor), base = load<usize>(record), integers = load<i32>(record, 4) != 0;
  const outside = integers ? i32x4.splat(0) : f32x4.splat(NAN);
  for (let row = 0; row < rows; ++row) {
    for (let half: usize = 0; half < 32; half += 16, out += 16) {
      let inside = i32x4.splat(-1), offset = i32x4.splat(0);
      for (let d: usize = 0; d < <usize>rank; ++d) {
        const operand = operands + (d << 3), size = record + 8 + (d << 3);
        const at = registers + load<usize>(operand) + <usize>row * load<usize>(operand, 4) + half;
        const index = i32x4.trunc_sat_f32x4_s(v128.load(at)); // NaN is 0
        inside = v128.and(inside, i32x4.lt_u(index, v128.load32_splat(size)));
        offset = i32x4.add(offset, i32x4.mul(index, v128.load32_splat(size, 4)));
      }
      // Outside, the first element is read; of a tensor without elements, address 0.
      offset = v128.and(offset, inside);
      let x = f32x4.splat(load<f32>(base + (<usize>i32x4.extract_lane(offset, 0) << 2)));
      x = f32x4.replace_lane(x, 1, load<f32>(base + (<usize>i32x4.extract_lane(offset, 1) << 2)));
      x = f32x4.replace_lane(x, 2, load<f32>(base + (<usize>i32x4.extract_lane(offset, 2) << 2)));
      x = f32x4.replace_lane(x, 3, load<f32>(base + (<usize>i32x4.extract_lane(offset, 3) << 2)));
      if (integers) x = f32x4.convert_i32x4_s(x);
      v128.store(out, v128.bitselect(x, outside, inside));
    }
  }
}
