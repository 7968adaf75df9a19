import type { DType, View } from "@saccade/core/backend";

const dtypes: { readonly [D in DType]: number } = { f32: 0, f64: 1, i32: 2, u8: 3, f16: 4 };

/** What attributes hold; numbers, names and lists are followed by what they are. */
const kinds = { null: 0, undefined: 1, false: 2, true: 3, integer: 4, float: 5, name: 6, list: 7 } as const;

type Views = readonly (View | null)[];

/**
 * A call of a kernel in words: which kernel, how its operands lie in memory, which of them share a buffer, and its
 * attributes. Calls of the same words differ in nothing but the buffers that they are given.
 */
export class CallKey {
  /** Buffers of the operands that are not null, inputs first. */
  readonly handles: number[] = [];
  #words = new Int32Array(64);
  #length = 0;
  /** Whether all that was written has 32 bits. */
  #exact = true;
  readonly #names = new Map<string, number>();
  readonly #float = new Float64Array(1);
  readonly #bits = new Int32Array(this.#float.buffer);

  /** Writes a call; false where it has no words: a number is too large, or an attribute is an object of its own. */
  write(kernel: number, inputs: Views, outputs: Views, attrs: object): boolean {
    this.#length = 0;
    this.#exact = true;
    this.handles.length = 0;
    this.#push(kernel);
    this.#push(inputs.length);
    for (let i = 0; i < inputs.length; i++) this.#view(inputs[i]);
    for (let i = 0; i < outputs.length; i++) this.#view(outputs[i]);
    for (const name in attrs) {
      this.#push(this.#numberOf(name));
      if (!this.#value((attrs as Readonly<Record<string, unknown>>)[name])) return false;
    }
    return this.#exact;
  }

  hash(): number {
    let hash = this.#length;
    for (let i = 0; i < this.#length; i++) hash = Math.imul(hash ^ this.#words[i], 0x01000193);
    return hash;
  }

  /** The words that were written last. */
  copy(): Int32Array {
    return this.#words.slice(0, this.#length);
  }

  /** Whether these are the words that were written last. */
  is(words: Int32Array): boolean {
    if (words.length !== this.#length) return false;
    for (let i = 0; i < words.length; i++) if (words[i] !== this.#words[i]) return false;
    return true;
  }

  #view(view: View | null): void {
    if (view === null) {
      this.#push(-1);
      return;
    }
    const { buffer, shape, strides } = view;
    const rank = shape.length;
    this.#push(dtypes[view.dtype]);
    this.#push(this.handles.indexOf(buffer));
    this.handles.push(buffer);
    this.#push(view.offset);
    this.#push(rank);
    for (let d = 0; d < rank; d++) {
      this.#push(shape[d]);
      this.#push(strides[d]);
    }
  }

  #value(value: unknown): boolean {
    if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") {
      this.#push(kinds.name);
      this.#push(this.#numberOf(value));
    } else if (typeof value === "boolean") this.#push(value ? kinds.true : kinds.false);
    else if (value === undefined) this.#push(kinds.undefined);
    else if (value === null) this.#push(kinds.null);
    else if (Array.isArray(value)) {
      this.#push(kinds.list);
      this.#push(value.length);
      for (const item of value) if (!this.#value(item)) return false;
    } else return false;
    return true;
  }

  /** Floats by their bits: zeros have signs. */
  #number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.#push(kinds.integer);
      this.#push(value);
      return;
    }
    this.#float[0] = value;
    this.#push(kinds.float);
    this.#push(this.#bits[0]);
    this.#push(this.#bits[1]);
  }

  /** Names are those of attributes, ops and activations. */
  #numberOf(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, this.#names.size);
    return this.#names.size - 1;
  }

  #push(word: number): void {
    if (this.#length === this.#words.length) {
      const longer = new Int32Array(2 * this.#length);
      longer.set(this.#words);
      this.#words = longer;
    }
    if ((word | 0) !== word) this.#exact = false;
    this.#words[this.#length++] = word;
  }
}
