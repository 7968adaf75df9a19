/**
 * One idea: an activation over a tile of a product while the tile is still in cache, by the same chunk functions that
 * `unary` uses.
 */
import { geluF32, geluTanhF32, quickGeluF32, reluF32, sigmoidF32, siluF32 } from "./elementwise/unary-activations";
import { tanhF32 } from "./elementwise/unary-functions";

/** The chunk function of an activation; codes as src/kernels/linear.ts numbers them. */
export function activationFunction(code: i32): i32 {
  switch (code) {
    case 1: return geluF32.index;
    case 2: return geluTanhF32.index;
    case 3: return reluF32.index;
    case 4: return siluF32.index;
    case 5: return sigmoidF32.index;
    case 6: return tanhF32.index;
    case 7: return quickGeluF32.index;
    default: return 0;
  }
}

/** `to = act(from)` on rows `step` bytes apart. `spare`: 16 bytes of this thread's own. */
export function activateRows(activation: i32, from: usize, to: usize, step: usize, rows: i32, columns: i32, spare: usize): void {
  const index = activationFunction(activation);
  const whole = columns & ~3;
  const rest = <usize>(columns - whole) << 2;
  for (; rows > 0; --rows) {
    call_indirect<void>(index, from, to, whole);
    if (rest != 0) {
      const tail = from + (<usize>whole << 2), target = to + (<usize>whole << 2);
      for (let i: usize = 0; i < rest; i += 4) store<f32>(spare + i, load<f32>(tail + i));
      call_indirect<void>(index, spare, spare, 4);
      for (let i: usize = 0; i < rest; i += 4) store<f32>(target + i, load<f32>(spare + i));
    }
    from += step;
    to += step;
  }
}
