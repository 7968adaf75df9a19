import type { WgslFunctions } from "./library.ts";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

/** The rounds, and what is added behind each fourth. */
function rounds(count: number): string {
  const keys = ["key.x", "key.y", "third"];
  return Array.from({ length: count }, (_, r) => {
    const by = rotations[r % 8];
    const n = (r + 1) / 4;
    const added = Number.isInteger(n) ? ` a += ${keys[n % 3]}; b += ${keys[(n + 1) % 3]} + ${n}u;` : "";
    return `a += b; b = ((b << ${by}u) | (b >> ${32 - by}u)) ^ a;${added}`;
  }).join("\n  ");
}

function cipher(name: string, count: number): string {
  return `fn ${name}(key: vec2<u32>, low: u32, high: u32) -> vec2<u32> {
  let third = key.x ^ key.y ^ 0x1bd11bdau;
  var a = low + key.x;
  var b = high + key.y;
  ${rounds(count)}
  return vec2<u32>(a, b);
}`;
}

/** Random bits: Threefry-2x32 (Salmon et al. 2011), the same words as on every backend. */
export const threefryFunctions: WgslFunctions = {
  threefry: { code: cipher("threefry", 20) },
  // The 16 bits each that dropout has for columns 4 low .. 4 low + 3 of row high
  halvesOf: {
    code: `${cipher("threefry13", 13)}
fn halvesOf(key: vec2<u32>, low: u32, high: u32) -> vec4<u32> {
  let words = threefry13(key, low, high);
  return vec4<u32>(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);
}`,
  },
  // Elements are counted in 64 bits: the low word first
  placeFrom: {
    code: `fn placeFrom(first: vec2<u32>, i: u32) -> vec2<u32> {
  let low = first.x + i;
  return vec2<u32>(low, first.y + select(0u, 1u, low < i));
}`,
  },
  randomBlock: {
    needs: ["threefry"],
    code: `fn randomBlock(key: vec2<u32>, place: vec2<u32>) -> vec2<u32> {
  return threefry(key, (place.x >> 1u) | (place.y << 31u), place.y >> 1u);
}`,
  },
  uniformOf: {
    code: `fn uniformOf(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }`,
  },
};
