import type { WgslFunctions } from "./library.ts";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

function rounds(): string {
  const lines: string[] = [];
  for (let block = 0; block < 5; block++) {
    for (let r = 0; r < 4; r++) {
      const by = rotations[(block % 2) * 4 + r];
      lines.push(`a += b; b = ((b << ${by}u) | (b >> ${32 - by}u)) ^ a;`);
    }
    const keys = ["key.x", "key.y", "third"];
    lines.push(`a += ${keys[(block + 1) % 3]}; b += ${keys[(block + 2) % 3]} + ${block + 1}u;`);
  }
  return lines.join("\n  ");
}

/** Random bits: Threefry-2x32, 20 rounds (Salmon et al. 2011), the same words as on every backend. */
export const threefryFunctions: WgslFunctions = {
  threefry: {
    code: `fn threefry(key: vec2<u32>, low: u32, high: u32) -> vec2<u32> {
  let third = key.x ^ key.y ^ 0x1bd11bdau;
  var a = low + key.x;
  var b = high + key.y;
  ${rounds()}
  return vec2<u32>(a, b);
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
  // Word e & 1 of block e >> 1
  randomWordAt: {
    needs: ["randomBlock"],
    code: `fn randomWordAt(key: vec2<u32>, place: vec2<u32>) -> u32 {
  let block = randomBlock(key, place);
  return select(block.x, block.y, (place.x & 1u) == 1u);
}`,
  },
  randomWord: {
    needs: ["randomWordAt"],
    code: `fn randomWord(key: vec2<u32>, i: u32) -> u32 { return randomWordAt(key, vec2<u32>(i, 0u)); }`,
  },
  uniformOf: {
    code: `fn uniformOf(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }`,
  },
};
