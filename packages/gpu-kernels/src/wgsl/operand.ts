import type { DType, View } from "@saccade/core/backend";
import type { Access } from "../device/pipelines.ts";
import { isContiguous, nestOf, sizeOf } from "../views/nest.ts";
import type { Uniforms } from "./uniforms.ts";

/** How a shader finds the elements of a view from a flat index. */
export type Mode = "contiguous" | "single" | "strided";

/** The WGSL type of an element in a buffer: bytes are packed in words. */
export const storedType = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  u8: "u32",
  f64: "f32",
} as const satisfies Record<DType, string>;

/** The WGSL type in which an element is computed with: that of `load` and of what `stored` takes. Halves are f32 there. */
export const computedType = { ...storedType, f16: "f32" } as const satisfies Record<DType, string>;

export function modeOf(view: View): Mode {
  if (isContiguous(view)) return "contiguous";
  const { shape, strides } = view;
  for (let d = 0; d < shape.length; d++) if (strides[d] !== 0 && shape[d] !== 1) return "strided";
  return "single";
}

/** How a buffer is declared beside its dtype. */
export interface BindingForm {
  /** As atomic words: bytes that several invocations write. */
  readonly atomic?: boolean;
  /** Elements that are read and written as one vector; indices count vectors then. */
  readonly width?: 1 | 2 | 4;
}

/** `@group(0) @binding(n) var<storage, ...> name: array<...>;` */
export function binding(
  index: number,
  name: string,
  dtype: DType,
  access: Access,
  { atomic = false, width = 1 }: BindingForm = {},
): string {
  const space = access === "r" ? "read" : "read_write";
  const element = atomic ? "atomic<u32>" : vectorOf(storedType[dtype], width);
  return `@group(0) @binding(${index}) var<storage, ${space}> ${name}: array<${element}>;\n`;
}

/** `vec4<f32>` of f32 and 4; the type itself of 1. */
export function vectorOf(type: string, width: 1 | 2 | 4): string {
  return width === 1 ? type : `vec${width}<${type}>`;
}

/** The element at index `at` (an i32 expression): f32 (halves too), i32, or for bytes u32; or a vector of these. */
export function load(name: string, dtype: DType, at: string, width: 1 | 2 | 4 = 1): string {
  if (dtype === "u8") return `((${name}[(${at}) >> 2u] >> ((u32(${at}) & 3u) * 8u)) & 0xffu)`;
  return dtype === "f16" ? `${vectorOf("f32", width)}(${name}[${at}])` : `${name}[${at}]`;
}

/**
 * What is stored of an f32 (i32, u32) expression, or of a vector: halves are rounded to nearest, ties to even, and what
 * is beyond 65504 becomes infinite.
 */
export function stored(dtype: DType, expression: string, width: 1 | 2 | 4 = 1): string {
  return dtype === "f16" ? `${vectorOf("f16", width)}(${expression})` : expression;
}

/** Views of one shape that are walked by a flat index: which are strided, and their merged nest. */
export class Walk {
  readonly key: string;
  readonly #names: readonly string[];
  readonly #modes: readonly Mode[];
  readonly #rank: number;

  /** Sets the uniforms `NAME_0` (offset), `NAME_s0 ...` and `n0 ...`. */
  constructor(u: Uniforms, views: readonly View[], names: readonly string[]) {
    this.#names = names;
    this.#modes = views.map(modeOf);
    const strided = views.filter((_, v) => this.#modes[v] === "strided");
    const nest = strided.length > 0 ? nestOf(strided) : { sizes: [], strides: [] };
    this.#rank = nest.sizes.length;
    for (let d = 0; d < this.#rank; d++) u.u32(`${names[0]}_n${d}`, nest.sizes[d]);
    for (let v = 0, s = 0; v < views.length; v++) {
      u.i32(`${names[v]}_o`, views[v].offset);
      if (this.#modes[v] !== "strided") continue;
      for (let d = 0; d < this.#rank; d++) u.i32(`${names[v]}_s${d}`, nest.strides[s][d]);
      s += 1;
    }
    this.key = this.#modes.map((mode) => mode[0] + mode[1]).join("") + this.#rank;
  }

  /** Declares `NAME_at`, an i32, for every view, for the flat index `index` (a u32 expression). */
  locate(index: string): string {
    const lines = this.#names.map((name, v) => {
      const flat = this.#modes[v] === "contiguous" ? ` + i32(${index})` : "";
      return `var ${name}_at = P.${name}_o${flat};`;
    });
    const strided = this.#names.filter((_, v) => this.#modes[v] === "strided");
    if (strided.length > 0) {
      const rest = `${this.#names[0]}_rest`;
      const size = (d: number) => `P.${this.#names[0]}_n${d}`;
      lines.push(`var ${rest} = ${index};`);
      for (let d = this.#rank - 1; d >= 0; d--) {
        const here = d === 0 ? rest : `(${rest} % ${size(d)})`;
        for (const name of strided) lines.push(`${name}_at += i32(${here}) * P.${name}_s${d};`);
        if (d > 0) lines.push(`${rest} /= ${size(d)};`);
      }
    }
    return lines.join("\n  ");
  }
}

/** Number of elements. */
export function count(view: View): number {
  return sizeOf(view.shape);
}
