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
  // Word i & 1 of block i >> 1
  randomWord: {
    needs: ["threefry"],
    code: `fn randomWord(key: vec2<u32>, i: u32) -> u32 {
  let block = threefry(key, i >> 1u, 0u);
  return select(block.x, block.y, (i & 1u) == 1u);
}`,
  },
  uniformOf: {
    code: `fn uniformOf(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }`,
  },
};
