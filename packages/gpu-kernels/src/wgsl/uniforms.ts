import { BLOCK_WORDS } from "../device/params.ts";

/** Infinity and NaN, from the block `P`. */
export const infinities = `fn infinity() -> f32 { return bitcast<f32>(P.infinityBits); }
fn nan() -> f32 { return bitcast<f32>(P.infinityBits | 0x400000u); }
`;

type FieldType = "u32" | "i32" | "f32";

const INFINITY_BITS = 0x7f800000;
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** A uniform block as a launch needs it. */
export interface Block {
  readonly words: readonly number[];
  /** Declares `P`, `infinity()` and `nan()`. */
  declaration(): string;
  /** The struct alone, under a name. */
  struct(name: string): string;
}

/**
 * The uniform block of a dispatch: named words, in the order in which they are set. The names and types are part of
 * the specialisation: the same key always sets the same ones.
 *
 * The first word holds the bits of infinity: WGSL has no way to write infinities or NaN as constants.
 */
export class Uniforms implements Block {
  /** Each the bits of its field, as a number that an `Int32Array` takes. */
  readonly words: number[] = [INFINITY_BITS];
  readonly #names: string[] = ["infinityBits"];
  readonly #types: FieldType[] = ["u32"];

  u32(name: string, value: number): this {
    return this.#set(name, "u32", value);
  }

  i32(name: string, value: number): this {
    return this.#set(name, "i32", value);
  }

  f32(name: string, value: number): this {
    float[0] = value;
    return this.#set(name, "f32", bits[0]);
  }

  /** Another number for an i32 that is set, where the same block serves dispatch after dispatch. */
  change(name: string, value: number): this {
    const at = this.#names.indexOf(name);
    if (this.#types[at] !== "i32") throw new RangeError(`no uniform ${name} of type i32 is set`);
    this.words[at] = value;
    return this;
  }

  declaration(): string {
    return `${this.struct("Uniforms")}@group(0) @binding(0) var<uniform> P: Uniforms;\n${infinities}`;
  }

  struct(name: string): string {
    const fields = this.#names.map((field, i) => `${field}: ${this.#types[i]}`);
    return `struct ${name} { ${fields.join(", ")} }\n`;
  }

  #set(name: string, type: FieldType, value: number): this {
    if (this.words.length === BLOCK_WORDS) {
      throw new RangeError(`a kernel has more than ${BLOCK_WORDS} uniforms (${name})`);
    }
    this.#names.push(name);
    this.#types.push(type);
    this.words.push(value);
    return this;
  }
}
