import type { View } from "@saccade/core/backend";
import { binding, load } from "../../wgsl/operand.ts";
import type { Uniforms } from "../../wgsl/uniforms.ts";
import type { Factor } from "./factor.ts";

/** A factor `[N, K]` of a product in quantized form. */
export interface Codes {
  /** i32 `[N, K bits / 32]`, its words next to each other. */
  readonly words: View;
  /** `[N, blocks]` */
  readonly scales: View;
  readonly bits: 4 | 8;
}

/** Whether the shaders can read these. */
export function readableCodes(words: View, bits: 4 | 8, scales: View): boolean {
  const [n, count] = words.shape;
  const blockSize = ((count * 32) / bits / scales.shape[1]) | 0;
  return n * count === 0 || ((count === 1 || words.strides[1] === 1) && blockSize % 8 === 0);
}

/** The right factor; sets its uniforms. */
export function codesFactor(u: Uniforms, { words, scales, bits }: Codes): Factor {
  const [n, count] = words.shape;
  const blockSize = (count * 32) / bits / Math.max(1, scales.shape[1]);
  u.i32("right_across", words.strides[0]).u32("right_size", n).u32("block_size", blockSize);
  u.i32("scales_o", scales.offset).i32("scales_n", scales.strides[0]).i32("scales_b", scales.strides[1]);
  const whole = words.offset % 4 === 0 && words.strides[0] % 4 === 0 && blockSize % 32 === 0;
  return {
    name: "right",
    dtype: "i32",
    alongDepth: true,
    width: 4,
    key: `codes${bits}${whole ? "w" : "s"} ${scales.dtype}`,
    codes: { bits, whole, scaleDtype: scales.dtype },
  };
}

/** The part of a factor that is quantized. */
export interface CodesFactor {
  readonly bits: 4 | 8;
  /** Whether 16 bytes of codes are one vector of memory, of one block. */
  readonly whole: boolean;
  readonly scaleDtype: View["dtype"];
}

/** Codes in 16 bytes. */
export function codesOfVector({ bits }: CodesFactor): number {
  return 128 / bits;
}

/** The bindings `right_data` and `scales_data`. */
export function codesBindings({ scaleDtype }: CodesFactor, index: number, vectors: boolean): string {
  const element = vectors ? "vec4<u32>" : "u32";
  return `@group(0) @binding(${index}) var<storage, read> right_data: array<${element}>;
${binding(index + 1, "scales_data", scaleDtype, "r")}`;
}

/**
 * `four_codes(half)`: the numbers that codes in the lower half of a word stand for (of 8 bits, all four of a word),
 * `scale(line, d)`. A code in a float's last bits is the float 2^23 and the code: no integer is converted.
 */
export function codeFunctions({ bits, scaleDtype }: CodesFactor): string {
  const scale = `fn scale(line: u32, d: u32) -> f32 {
  return ${load("scales_data", scaleDtype, "P.scales_o + i32(line) * P.scales_n + i32(d / P.block_size) * P.scales_b")};
}
`;
  // (2^23 + c s) / s - 2^23 / s - zero, with every step exact
  const fourOf = (picked: string, shares: readonly number[], zero: number): string => {
    const inverse = shares.map((s) => 1 / s);
    const shift = shares.map((s) => -(2 ** 23 / s) - zero);
    return `fn four_codes(word: u32) -> vec4<f32> {
  let picked = ${picked} | vec4<u32>(0x4b000000u);
  return bitcast<vec4<f32>>(picked) * vec4<f32>(${inverse.join(", ")}) + vec4<f32>(${shift.join(", ")});
}
`;
  };
  if (bits === 4) {
    return (
      fourOf("(vec4<u32>(word) & vec4<u32>(0xfu, 0xf0u, 0xf00u, 0xf000u))", [1, 16, 256, 4096], 8) + scale
    );
  }
  return (
    fourOf(
      "(vec4<u32>(word, word, word >> 16u, word >> 16u) & vec4<u32>(0xffu, 0xff00u, 0xffu, 0xff00u))",
      [1, 256, 1, 256],
      128,
    ) + scale
  );
}

/** `right_quad(across, d, base)`: as `quadFunction` has it. */
export function codesQuad(codes: CodesFactor, even: boolean): string {
  const perWord = 32 / codes.bits;
  const word = `right_data[base + i32(line) * P.right_across + i32(d / ${perWord}u)]`;
  return `${codeFunctions(codes)}fn right_quad(across: u32, d: u32, base: i32) -> vec4<f32> {
  ${even ? "" : "if (d >= P.k) { return vec4<f32>(); }"}
  let line = min(across, P.right_size - 1u);
  let word = ${word};
  return four_codes(${codes.bits === 4 ? "word >> ((d & 4u) * 4u)" : "word"}) * scale(line, d);
}
`;
}
