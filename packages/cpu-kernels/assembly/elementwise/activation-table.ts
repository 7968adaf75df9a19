/**
 * The activations that fused kernels know, forwards `(x, y, count)` and backwards `(x, dy, dx, count)`, in the order
 * of src/kernels/elementwise/op-codes.ts.
 */
import {
  geluTanhBackward, quickGeluBackward, reluBackward, sigmoidBackward, siluBackward, tanhBackward,
} from "../math/activations";
import { geluDx } from "./gelu";
import { geluF32, geluTanhF32, quickGeluF32, reluF32, sigmoidF32, siluF32 } from "./unary-activations";
import { tanhF32 } from "./unary-functions";

export function activationForward(code: i32): i32 {
  switch (code) {
    case 0: return geluF32.index;
    case 1: return geluTanhF32.index;
    case 2: return reluF32.index;
    case 3: return siluF32.index;
    case 4: return sigmoidF32.index;
    case 5: return tanhF32.index;
    default: return quickGeluF32.index;
  }
}

export function activationBackward(code: i32): i32 {
  switch (code) {
    case 0: return geluDx.index;
    case 1: return geluTanhDx.index;
    case 2: return reluDx.index;
    case 3: return siluDx.index;
    case 4: return sigmoidDx.index;
    case 5: return tanhDx.index;
    default: return quickGeluDx.index;
  }
}

function geluTanhDx(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, geluTanhBackward(v128.load(x), v128.load(dy)));
  }
}

function reluDx(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, reluBackward(v128.load(x), v128.load(dy)));
  }
}

function siluDx(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, siluBackward(v128.load(x), v128.load(dy)));
  }
}

function sigmoidDx(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, sigmoidBackward(v128.load(x), v128.load(dy)));
  }
}

function tanhDx(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, tanhBackward(v128.load(x), v128.load(dy)));
  }
}

function quickGeluDx(x: usize, dy: usize, dx: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, dy += 16, dx += 16) {
    v128.store(dx, quickGeluBackward(v128.load(x), v128.load(dy)));
  }
}
