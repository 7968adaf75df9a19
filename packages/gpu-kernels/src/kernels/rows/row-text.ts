import type { View } from "@saccade/core/backend";
import { load, stored } from "../../wgsl/operand.ts";
import type { Lanes } from "./lanes.ts";

type Views = Readonly<Record<string, View>>;

export interface RowShape {
  readonly lanes: Lanes;
  /** All rows begin and end with vectors of four: four neighbours are read at once. Else lanes read elements side by side. */
  readonly whole: boolean;
  readonly rows: Views;
  readonly columns: Views;
  readonly vectors: Views;
  readonly outputs: Views;
  readonly results: Views;
}

/** Writes what the kernels over rows say of fours of elements. */
export class RowText {
  /** Whether the lanes hold the row: `set` then replaces what they hold. */
  readonly held: boolean;
  readonly #of: RowShape;

  constructor(of: RowShape) {
    this.#of = of;
    this.held = of.lanes.held > 0;
  }

  /**
   * `body` for every four elements of a lane: the names of rows and columns are vectors in it, `places` the elements'
   * numbers in the row. Without barriers.
   */
  readonly each = (body: string): string => {
    const { rows, columns } = this.#of;
    const names = [...Object.keys(rows), ...Object.keys(columns)];
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
    const loads = used.map((name) => {
      const value = this.held && name in rows ? `${name}_held[r]` : this.#load(name);
      return `let ${name} = ${value};`;
    });
    return this.#loop(`${loads.join(" ")} ${body}`);
  };

  /** Reads the rows into registers, if they are held. */
  hold(): string {
    if (!this.held) return "";
    const names = Object.keys(this.#of.rows);
    const arrays = names.map((name) => `var ${name}_held: array<vec4<f32>, ${this.#of.lanes.held}>;`);
    return arrays.join(" ") + this.#loop(names.map((name) => this.set(name, this.#load(name))).join(" "));
  }

  /** Inside `each`: what is held of a row becomes `value`. */
  readonly set = (name: string, value: string): string => {
    return `${name}_held[r] = ${value};`;
  };

  /** Inside `each`: `value` where there are elements, `neutral` beyond the end. */
  readonly kept = (value: string, neutral = "0.0"): string => {
    return this.#of.whole ? value : `select(vec4<f32>(${neutral}), ${value}, inside)`;
  };

  /** Inside `each`: writes an output. */
  readonly put = (name: string, value: string): string => {
    const start = `P.${name}_o + i32(row * P.width)`;
    const { dtype } = this.#of.outputs[name];
    if (this.#of.whole) {
      return `${name}_data[((${start}) >> 2u) + i32(quad)] = ${stored(dtype, value, 4)};`;
    }
    const puts = ["x", "y", "z", "w"].map(
      (k) => `if (inside.${k}) { ${name}_data[start + i32(places.${k})] = ${stored(dtype, `value.${k}`)}; }`,
    );
    return `{ let value = ${value}; let start = ${start}; ${puts.join(" ")} }`;
  };

  /** One element of a row or of the columns. */
  readonly element = (name: string, place: string): string => {
    const index = `(${this.#start(name)} + P.${name}_step * i32(${place}))`;
    const { whole } = this.#of;
    return `f32(${whole ? `${name}_data[${index} >> 2u][${index} & 3]` : `${name}_data[${index}]`})`;
  };

  /** The element of a vector that belongs to the row. */
  readonly of = (name: string): string => {
    const { dtype } = this.#of.vectors[name];
    return load(`${name}_data`, dtype, `P.${name}_o + P.${name}_step * i32(row)`);
  };

  /** Writes the row's result. */
  readonly result = (name: string, value: string): string => {
    const { dtype } = this.#of.results[name];
    return `${name}_data[P.${name}_o + i32(row)] = ${stored(dtype, value)};`;
  };

  #start(name: string): string {
    return name in this.#of.rows ? `${name}_at` : `P.${name}_o`;
  }

  #load(name: string): string {
    const { rows, columns, whole } = this.#of;
    const { dtype } = rows[name] ?? columns[name];
    if (whole) return load(`${name}_data`, dtype, `(${this.#start(name)} >> 2u) + i32(quad)`, 4);
    const each = [0, 1, 2, 3].map((k) =>
      load(`${name}_data`, dtype, `${this.#start(name)} + P.${name}_step * i32(readable[${k}])`),
    );
    return `vec4<f32>(${each.join(", ")})`;
  }

  #loop(body: string): string {
    const { lanes, held } = this.#of.lanes;
    const more = held > 0 ? `r < ${held}u` : `r * ${4 * lanes}u < P.width`;
    const places = this.#of.whole
      ? `let quad = r * ${lanes}u + own; let places = vec4<u32>(0u, 1u, 2u, 3u) + 4u * quad;`
      : `let places = vec4<u32>(0u, ${lanes}u, ${2 * lanes}u, ${3 * lanes}u) + (r * ${4 * lanes}u + own);`;
    const inside = this.#of.whole
      ? ""
      : "let inside = places < vec4<u32>(end); let readable = min(places, vec4<u32>(end - 1u));";
    return `for (var r = 0u; ${more}; r++) {
    ${places}
    if (places.x < end) { ${inside} ${body} }
  }`;
  }
}
