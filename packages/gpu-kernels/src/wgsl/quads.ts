import type { DType, View } from "@saccade/core/backend";
import type { Access } from "../device/pipelines.ts";
import { type Nest, nestOf } from "../views/nest.ts";
import { binding, computedType, load, type Mode, modeOf, stored } from "./operand.ts";
import type { Uniforms } from "./uniforms.ts";

/**
 * How four neighbours of a view are found: in a row from a flat index, in a row from a place that is walked to, all at
 * one place, or each for itself.
 */
type QuadMode = "flat" | "row" | "single" | "same" | "loose";

/** Whether views of this kind lie as whole quads in memory: these are bound as vectors (bytes: as words). */
const vectors: readonly QuadMode[] = ["flat", "row"];

/**
 * Views of one shape that are read and written by fours: four elements that follow one another in row-major order.
 *
 * A quad of a row-major view is one vector of memory, of bytes one word. The last one may be in part beyond the view.
 */
export class Quads {
  readonly key: string;
  readonly #names: readonly string[];
  readonly #views: readonly View[];
  readonly #modes: readonly QuadMode[];
  readonly #rank: number;

  private constructor(
    u: Uniforms,
    views: readonly View[],
    names: readonly string[],
    modes: readonly QuadMode[],
    nest: Nest,
  ) {
    this.#names = names;
    this.#views = views;
    this.#modes = modes;
    this.#rank = nest.sizes.length;
    for (let d = 0; d < this.#rank; d++) u.u32(`${names[0]}_n${d}`, nest.sizes[d]);
    for (let v = 0, s = 0; v < views.length; v++) {
      u.i32(`${names[v]}_o`, views[v].offset);
      if (modes[v] === "flat" || modes[v] === "single") continue;
      for (let d = 0; d < this.#rank; d++) u.i32(`${names[v]}_s${d}`, nest.strides[s][d]);
      s += 1;
    }
    this.key = `quads ${modes.map((mode) => mode[0] + mode[1]).join("")}${this.#rank}`;
  }

  /** `undefined` where the views' places in memory do not allow it; `u` is unchanged then. */
  static of(u: Uniforms, views: readonly View[], names: readonly string[]): Quads | undefined {
    const plain = views.map(modeOf);
    const nest = stridedNest(views, plain);
    const inner = nest.sizes.length - 1;
    if (inner >= 0 && nest.sizes[inner] % 4 !== 0) return undefined;
    let s = 0;
    const modes: QuadMode[] = [];
    for (const [v, view] of views.entries()) {
      const mode = plain[v];
      if (mode === "contiguous") {
        if (view.offset % 4 !== 0) return undefined;
        modes.push("flat");
      } else if (mode === "single") {
        modes.push("single");
      } else {
        modes.push(walked(view.offset, nest.strides[s]));
        s += 1;
      }
    }
    return new Quads(u, views, names, modes, nest);
  }

  /** Whether the quads of view `v` are vectors of memory: such a view can be written. */
  whole(v: number): boolean {
    return vectors.includes(this.#modes[v]);
  }

  /** Whether the four elements of a quad of view `v` are one and the same. */
  uniform(v: number): boolean {
    return this.#modes[v] === "single" || this.#modes[v] === "same";
  }

  /** The binding `NAME_data` of view `v`. */
  binding(v: number, index: number, access: Access): string {
    const bind = this.whole(v) ? quadBinding : binding;
    return bind(index, `${this.#names[v]}_data`, this.#views[v].dtype, access);
  }

  /** Declares `NAME_at`, an i32, for every view, for the first element `index` (a u32 expression) of a quad. */
  locate(index: string): string {
    const walkedNames = this.#names.filter((_, v) => !["flat", "single"].includes(this.#modes[v]));
    const lines = this.#names.map((name, v) => {
      const flat = this.#modes[v] === "flat" ? ` + i32(${index})` : "";
      return `var ${name}_at = P.${name}_o${flat};`;
    });
    if (walkedNames.length > 0) {
      const rest = `${this.#names[0]}_rest`;
      lines.push(`var ${rest} = ${index};`);
      for (let d = this.#rank - 1; d >= 0; d--) {
        const here = d === 0 ? rest : `(${rest} % P.${this.#names[0]}_n${d})`;
        for (const name of walkedNames) lines.push(`${name}_at += i32(${here}) * P.${name}_s${d};`);
        if (d > 0) lines.push(`${rest} /= P.${this.#names[0]}_n${d};`);
      }
    }
    return lines.join("\n  ");
  }

  /** The quad of view `v` whose first element is at `NAME_at`: a vec4. */
  load(v: number): string {
    const name = this.#names[v];
    const { dtype } = this.#views[v];
    const data = `${name}_data`;
    const type = `vec4<${computedType[dtype]}>`;
    const mode = this.#modes[v];
    if (mode === "single" || mode === "same") return `${type}(${load(data, dtype, `${name}_at`)})`;
    if (mode === "loose") {
      const step = `P.${name}_s${this.#rank - 1}`;
      const each = [0, 1, 2, 3].map((k) => load(data, dtype, `(${name}_at + ${k} * ${step})`));
      return `${type}(${each.join(", ")})`;
    }
    return loadQuad(data, dtype, `${name}_at`);
  }
}

/** The binding of a buffer that is read or written by vectors of four elements; of bytes, by words. */
export function quadBinding(index: number, name: string, dtype: DType, access: Access): string {
  return binding(index, name, dtype, access, { width: dtype === "u8" ? 1 : 4 });
}

/** A vector of memory: four elements from `at` on, a multiple of 4. */
export function loadQuad(data: string, dtype: DType, at: string): string {
  if (dtype !== "u8") return load(data, dtype, `(${at}) >> 2u`, 4);
  const word = `${data}[(${at}) >> 2u]`;
  return `((vec4<u32>(${word}) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0xffu))`;
}

/** Writes the quad `value` to `at`, a multiple of 4; of the last one only what is left. */
export function storeQuad(data: string, dtype: DType, at: string, value: string, left: string): string {
  const target = `${data}[(${at}) >> 2u]`;
  if (dtype === "u8") {
    const byte = (k: number): string => `((${value}[${k}] & 0xffu) << ${8 * k}u)`;
    return `let word = ${byte(0)} | ${byte(1)} | ${byte(2)} | ${byte(3)};
  if (${left} >= 4u) { ${target} = word; } else {
    let mask = (1u << (8u * ${left})) - 1u;
    ${target} = (${target} & ~mask) | (word & mask);
  }`;
  }
  return `if (${left} >= 4u) { ${target} = ${stored(dtype, value, 4)}; } else {
    for (var k = 0u; k < ${left}; k++) { ${target}[k] = ${stored(dtype, `${value}[k]`)}; }
  }`;
}

function stridedNest(views: readonly View[], modes: readonly Mode[]): Nest {
  if (!modes.includes("strided")) return noNest;
  return nestOf(views.filter((_, v) => modes[v] === "strided"));
}

const noNest: Nest = { sizes: [], strides: [] };

function walked(offset: number, strides: readonly number[]): QuadMode {
  const inner = strides[strides.length - 1];
  if (inner === 0) return "same";
  const whole = offset % 4 === 0 && strides.slice(0, -1).every((stride) => stride % 4 === 0);
  return inner === 1 && whole ? "row" : "loose";
}
