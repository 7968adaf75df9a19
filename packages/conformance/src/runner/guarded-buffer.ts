import type { Backend, BufferHandle, View } from "@saccade/core/backend";
import type { InputSpec, OutputSpec } from "../cases/case.ts";
import { createElements, type Elements, fillWithGarbage, viewElements } from "../values/elements.ts";
import { type Placement, place, positionsOf } from "../values/place.ts";

/** Elements around every tensor that no kernel may touch. */
const GUARD = 16;

/**
 * A tensor on a backend inside a larger buffer: garbage before it, behind it and in its gaps, so that reading it shows
 * in the results, and writing it shows here.
 */
export class GuardedBuffer {
  readonly view: View;
  private readonly backend: Backend;
  private readonly handle: BufferHandle;
  /** What the whole buffer held at first. */
  private readonly before: Elements;
  private readonly positions: Int32Array;

  /**
   * @param numbers  row-major; null leaves garbage
   * @param shift  elements added to the guard in front, so that alignment varies
   */
  constructor(backend: Backend, spec: InputSpec | OutputSpec, numbers: Float64Array | null, shift: number) {
    const { dtype, shape } = spec;
    const placement: Placement = place(shape, spec.layout, GUARD + shift);
    this.backend = backend;
    this.positions = positionsOf(placement);
    this.before = createElements(dtype, placement.length + GUARD);
    fillWithGarbage(this.before);
    if (numbers) for (let i = 0; i < numbers.length; i++) this.before[this.positions[i]] = numbers[i];
    this.handle = backend.alloc(this.before.byteLength);
    backend.write(this.handle, this.before);
    const { strides, offset } = placement;
    this.view = { buffer: this.handle, dtype, shape, strides, offset };
  }

  free(): void {
    this.backend.free(this.handle);
  }

  /** What is wrong with an input after a kernel ran: null if not a byte of it changed. */
  async changed(): Promise<string | null> {
    const after = bytesOf(await this.read());
    const before = bytesOf(this.before);
    const at = after.findIndex((byte, i) => byte !== before[i]);
    return at === -1
      ? null
      : `byte ${at} changed (the tensor begins at byte ${this.view.offset * this.before.BYTES_PER_ELEMENT})`;
  }

  /** The elements, row-major, and what is wrong around them. */
  async result(): Promise<{ readonly elements: Elements; readonly failure: string | null }> {
    const after = await this.read();
    const elements = createElements(this.view.dtype, this.positions.length);
    for (let i = 0; i < elements.length; i++) elements[i] = after[this.positions[i]];
    return { elements, failure: this.outside(after) ?? this.leftOver(after) };
  }

  private async read(): Promise<Elements> {
    return viewElements(this.view.dtype, await this.backend.read(this.handle, 0, this.before.byteLength));
  }

  /** Writes where no element of the tensor lies. */
  private outside(after: Elements): string | null {
    const inside = new Uint8Array(after.length);
    for (const position of this.positions) inside[position] = 1;
    const [words, wordsBefore] = [bytesOf(after), bytesOf(this.before)];
    const width = after.BYTES_PER_ELEMENT;
    for (let i = 0; i < words.length; i++) {
      const element = Math.floor(i / width);
      if (words[i] !== wordsBefore[i] && inside[element] === 0) {
        return `wrote outside the tensor, at element ${element} of its buffer (the tensor begins at ${this.view.offset})`;
      }
    }
    return null;
  }

  /** Elements of a float tensor that still hold the garbage NaN. (An integer that was not written differs from what is expected.) */
  private leftOver(after: Elements): string | null {
    if (!(after instanceof Float32Array)) return null;
    const bits = new Uint32Array(after.buffer);
    const at = this.positions.findIndex((position) => bits[position] === GARBAGE_F32);
    return at === -1 ? null : `element ${at} was not written`;
  }
}

const GARBAGE_F32 = 0x7fc05a5a;

function bytesOf(elements: Elements): Uint8Array {
  return new Uint8Array(elements.buffer);
}
