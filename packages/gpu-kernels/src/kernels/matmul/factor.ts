import type { DType, View } from "@saccade/core/backend";
import { binding, load } from "../../wgsl/operand.ts";
import type { Uniforms } from "../../wgsl/uniforms.ts";
import { type CodesFactor, codesBindings, codesQuad } from "./codes.ts";

/** Bytes of a vector of four elements are loaded at once where the view's place in memory allows it. */
export type QuadWidth = 1 | 4;

/**
 * One of the two operands as a set of lines along the depth of the product, or across it: `left` has the rows of the
 * result across, `right` its columns.
 */
export interface Factor {
  readonly name: "left" | "right";
  readonly dtype: DType;
  /** Whether neighbours in memory follow one another along the depth. */
  readonly alongDepth: boolean;
  readonly width: QuadWidth;
  /** Of its specialisation. */
  readonly key: string;
  /** Of a factor that is quantized. */
  readonly codes?: CodesFactor;
}

/**
 * Sets the uniforms `NAME_across` and `NAME_depth` (strides) and `NAME_size` (elements across).
 *
 * @param view  `[..., across, depth]`
 */
export function factorOf(u: Uniforms, name: "left" | "right", view: View): Factor {
  const { shape, strides, offset, dtype } = view;
  const [across, depth] = strides.slice(-2);
  const [size, length] = shape.slice(-2);
  u.i32(`${name}_across`, across).i32(`${name}_depth`, depth).u32(`${name}_size`, size);
  const alongDepth = runsAlongDepth(view);
  const [inner, outer] = alongDepth ? [depth, size === 1 ? 0 : across] : [across, length === 1 ? 0 : depth];
  const whole = [offset, outer, ...strides.slice(0, -2), alongDepth ? length : 0].every((it) => it % 4 === 0);
  const width = whole && inner === 1 && dtype !== "u8" ? 4 : 1;
  return { name, dtype, alongDepth, width, key: `${dtype}${alongDepth ? "d" : "a"}${width}` };
}

/** Whether neighbours in memory of a factor `[..., across, depth]` follow one another along the depth. */
export function runsAlongDepth({ shape, strides }: View): boolean {
  const [across, depth] = strides.slice(-2);
  const [size, length] = shape.slice(-2);
  return length > 1 && (size === 1 || Math.abs(depth) <= Math.abs(across));
}

/** The binding `NAME_data`, and of codes another one. */
export function factorBinding({ name, dtype, width, codes }: Factor, index: number): string {
  if (codes) return codesBindings(codes, index, false);
  return binding(index, `${name}_data`, dtype, "r", { width });
}

/** What a shader may count on, so that it need not look. */
export interface Certain {
  /** The depth is a multiple of four, and never exceeded. */
  readonly even: boolean;
  /** The size across is never exceeded. */
  readonly full: boolean;
}

/**
 * Declares `NAME_quad(across, d, base)`: the four elements from there on along the depth, or across it, where the
 * factor's lines run. What lies beyond the depth is zero; beyond the size across, anything that is in memory.
 *
 * @param type  in which the product is computed
 */
export function quadFunction(factor: Factor, type: "f32" | "i32", { even, full }: Certain): string {
  const { name, dtype, alongDepth, width, codes } = factor;
  if (codes) return codesQuad(codes, even);
  const head = `fn ${name}_quad(across: u32, d: u32, base: i32) -> vec4<${type}> {`;
  const last = `P.${name}_size - 1u`;
  const line = (place: string): string => (full ? place : `min(${place}, ${last})`);
  if (width === 4) {
    const first = full ? "across" : `min(across, (${last}) & 0xfffffffcu)`;
    const at = alongDepth
      ? `base + i32(${line("across")}) * P.${name}_across + i32(d)`
      : `base + i32(${first}) + i32(d) * P.${name}_depth`;
    return `${head}
  ${even ? "" : `if (d >= P.k) { return vec4<${type}>(); }`}
  return ${load(`${name}_data`, dtype, `(${at}) >> 2u`, 4)};
}
`;
  }
  const [across, place] = alongDepth ? ["across", "d + i"] : ["across + i", "d"];
  const at = `base + i32(${line(across)}) * P.${name}_across + i32(${place}) * P.${name}_depth`;
  return `${head}
  var quad = vec4<${type}>();
  for (var i = 0u; i < 4u; i++) {
    ${even ? "" : `if (${place} < P.k)`} { quad[i] = ${type}(${load(`${name}_data`, dtype, at)}); }
  }
  return quad;
}
`;
}

/** Declares `NAME_one(across, d, base)`: one element, of a factor of width 1. */
export function oneFunction({ name, dtype }: Factor, type: "f32" | "i32"): string {
  const at = `base + i32(min(across, P.${name}_size - 1u)) * P.${name}_across + i32(d) * P.${name}_depth`;
  return `fn ${name}_one(across: u32, d: u32, base: i32) -> ${type} { return ${type}(${load(`${name}_data`, dtype, at)}); }\n`;
}
