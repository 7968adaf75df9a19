import type { Backend, BufferHandle, View } from "@saccade/core/backend";
import type { InputSpec, OutputSpec } from "../cases/case.ts";
import { type Bits, bitsOf, firstDifference, unifyNaNs } from "../values/bits.ts";
import {
  createElements,
  type Elements,
  fillWithGarbage,
  GARBAGE_F16,
  GARBAGE_F32,
  viewElements,
} from "../values/elements.ts";
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

  /** What is wrong with an input after a kernel ran: null if not a bit of it changed. */
  async changed(): Promise<string | null> {
    const at = firstDifference(await this.read(), this.before);
    return at === -1
      ? null
      : `element ${at} of its buffer changed (the tensor begins at ${this.view.offset})`;
  }

  /** The elements, row-major, and what is wrong around them. */
  async result(): Promise<{ readonly elements: Elements; readonly failure: string | null }> {
    const after = await this.read();
    const elements = createElements(this.view.dtype, this.positions.length);
    const [from, to] = [bitsOf(after), bitsOf(elements)];
    for (let i = 0; i < to.length; i++) to[i] = from[this.positions[i]];
    const failure = this.outside(from) ?? leftOver(elements);
    unifyNaNs(elements);
    return { elements, failure };
  }

  private async read(): Promise<Elements> {
    return viewElements(this.view.dtype, await this.backend.read(this.handle, 0, this.before.byteLength));
  }

  /** Writes where no element of the tensor lies. */
  private outside(after: Bits): string | null {
    const inside = new Uint8Array(after.length);
    for (const position of this.positions) inside[position] = 1;
    const before = bitsOf(this.before);
    for (let i = 0; i < after.length; i++) {
      if (after[i] !== before[i] && inside[i] === 0) {
        return `wrote outside the tensor, at element ${i} of its buffer (the tensor begins at ${this.view.offset})`;
      }
    }
    return null;
  }
}

/** Elements of an f32 or f16 tensor that still hold garbage. (An integer that was not written differs from what is expected.) */
function leftOver(elements: Elements): string | null {
  let at = -1;
  if (elements instanceof Float32Array) at = new Int32Array(elements.buffer).indexOf(GARBAGE_F32);
  if (elements instanceof Float16Array) at = new Int16Array(elements.buffer).indexOf(GARBAGE_F16);
  return at === -1 ? null : `element ${at} was not written`;
}
