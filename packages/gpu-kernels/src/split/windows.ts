import { type BufferHandle, bytesPerElement, type View } from "@saccade/core/backend";
import type { BufferTable } from "../device/buffers.ts";
import { count } from "../wgsl/operand.ts";
import { mapViews, type Views } from "./call.ts";

/** What the start and the length of a window are multiples of: at least what any device asks for. */
export const WINDOW_STEP = 256;

/** The bytes of its buffer that a view reaches. */
export function extentOf(view: View): { readonly start: number; readonly end: number } {
  if (count(view) === 0) return { start: 0, end: 0 };
  let [first, last] = [view.offset, view.offset];
  for (let d = 0; d < view.shape.length; d++) {
    const reach = (view.shape[d] - 1) * view.strides[d];
    if (reach < 0) first += reach;
    else last += reach;
  }
  const bytes = bytesPerElement[view.dtype];
  return { start: first * bytes, end: (last + 1) * bytes };
}

/** Parts of buffers that are larger than what a shader can be bound to. */
export class Windows {
  readonly #buffers: BufferTable;
  /** Bytes that any piece of memory may have to fit a window, wherever it begins. */
  readonly room: number;

  constructor(buffers: BufferTable) {
    this.#buffers = buffers;
    this.room = buffers.bindable - WINDOW_STEP;
  }

  /** There are such buffers at all. */
  get needed(): boolean {
    return this.#buffers.oversized > 0;
  }

  fits(view: View): boolean {
    return this.reach(view) <= this.#buffers.bindable;
  }

  /** Bytes of the window that the view needs; 0 where its whole buffer can be bound. */
  reach(view: View): number {
    return this.#isOversized(view.buffer) ? span(view) : 0;
  }

  /** Calls `use` with the views, seen through windows where their buffers are too large. */
  through<I extends Views, O extends readonly View[]>(
    inputs: I,
    outputs: O,
    use: (inputs: I, outputs: O) => void,
  ): void {
    const windows: BufferHandle[] = [];
    const seen = (view: View): View => {
      if (!this.#isOversized(view.buffer)) return view;
      const start = startOf(view);
      const buffer = this.#buffers.window(view.buffer, start, span(view));
      windows.push(buffer);
      const offset = view.offset - start / bytesPerElement[view.dtype];
      return { buffer, dtype: view.dtype, shape: view.shape, strides: view.strides, offset };
    };
    try {
      use(mapViews(inputs, seen), mapViews(outputs, seen));
    } finally {
      for (const window of windows) this.#buffers.free(window);
    }
  }

  #isOversized(buffer: BufferHandle): boolean {
    return this.#buffers.get(buffer).size > this.#buffers.bindable;
  }
}

function startOf(view: View): number {
  const { start } = extentOf(view);
  return start - (start % WINDOW_STEP);
}

/** Whole steps, so that shaders may read words and vectors. */
function span(view: View): number {
  return Math.ceil((extentOf(view).end - startOf(view)) / WINDOW_STEP) * WINDOW_STEP;
}
