import {
  type Backend,
  type BufferHandle,
  bytesPerElement,
  type DType,
  type View,
} from "@saccade/core/backend";
import type { BufferTable } from "../device/buffers.ts";
import { contiguous, isContiguous, reviewed, sizeOf } from "../views/nest.ts";
import { count } from "../wgsl/operand.ts";
import { type Axis, type Call, type Cuts, mapViews, narrowed, type Views } from "./call.ts";
import { type Cut, findCut } from "./find-cut.ts";
import type { Windows } from "./windows.ts";

/**
 * Runs kernels on tensors that are larger than what a shader can be bound to: a call is cut into calls on blocks until
 * each block's views fit windows of their buffers. A view that does not fit because its rows lie scattered is copied
 * together first.
 *
 * Where no buffer is that large, calls pass through as they are.
 */
export class Splitter {
  readonly windows: Windows;
  readonly #buffers: BufferTable;
  /** For what the cutting itself needs: these cut their own calls again. */
  readonly kernels: Pick<Backend["kernels"], "copy" | "reduce">;

  constructor(windows: Windows, buffers: BufferTable, kernels: Pick<Backend["kernels"], "copy" | "reduce">) {
    this.windows = windows;
    this.#buffers = buffers;
    this.kernels = kernels;
  }

  run<I extends Views, O extends readonly View[]>(call: Call<I, O>): void {
    this.#run(call, 0);
  }

  #run<I extends Views, O extends readonly View[]>(call: Call<I, O>, first: number): void {
    const cuts = call.cuts(call.inputs, call.outputs);
    const cut = findCut(call, cuts, this.windows);
    if (cut === null) this.#finish(call, cuts, first);
    else if (cut.axis.join) this.#runJoined(call, cut);
    else this.#runBlocks(call, cut, first);
  }

  /** Memory that is given back when `use` returns. */
  scratch(dtype: DType, shape: readonly number[], use: (view: View) => void): void {
    const buffer = this.#buffers.alloc(sizeOf(shape) * bytesPerElement[dtype]);
    try {
      use(contiguous(buffer, dtype, shape));
    } finally {
      this.#buffers.free(buffer);
    }
  }

  #runBlocks<I extends Views, O extends readonly View[]>(call: Call<I, O>, cut: Cut, first: number): void {
    const { axis, size, length } = cut;
    for (let from = 0; from < size; from += length) {
      const block = this.#block(call, axis, from, Math.min(length, size - from));
      this.#run(block, first + from * (count(call.outputs[0]) / size));
    }
  }

  /** Every block's results beside each other in a new first dimension, which is then reduced. */
  #runJoined<I extends Views, O extends readonly View[]>(call: Call<I, O>, cut: Cut): void {
    const { axis, size, length } = cut;
    const blocks = Math.ceil(size / length);
    const parts: View[] = [];
    const buffers: BufferHandle[] = [];
    try {
      for (const [o, { dtype, shape }] of call.outputs.entries()) {
        if (axis.outputs[o] >= 0) continue;
        const whole = [blocks, ...shape];
        const wide = dtype === "f16" ? "f32" : dtype; // sums are kept in f32
        buffers.push(this.#buffers.alloc(sizeOf(whole) * bytesPerElement[wide]));
        parts[o] = contiguous(buffers[buffers.length - 1], wide, whole);
      }
      for (let b = 0; b < blocks; b++) {
        const from = b * length;
        const block = this.#block(call, axis, from, Math.min(length, size - from));
        const outputs = mapViews(block.outputs, (output, o) => (parts[o] ? nth(parts[o], b) : output));
        this.#run({ ...block, outputs }, 0);
      }
      for (const [o, output] of call.outputs.entries()) {
        if (!parts[o]) continue;
        const result = reviewed(output, [1, ...output.shape], [0, ...output.strides]);
        this.kernels.reduce([parts[o]], [result], { op: axis.join ?? "sum", axes: [0] });
      }
    } finally {
      for (const buffer of buffers) this.#buffers.free(buffer);
    }
  }

  #block<I extends Views, O extends readonly View[]>(
    call: Call<I, O>,
    axis: Axis,
    from: number,
    length: number,
  ): Call<I, O> {
    return {
      ...call,
      inputs: mapViews(call.inputs, (view, i) => narrowed(view, axis.inputs[i], from, length)),
      outputs: mapViews(call.outputs, (view, o) => narrowed(view, axis.outputs[o], from, length)),
    };
  }

  /** Nothing is left to cut. */
  #finish<I extends Views, O extends readonly View[]>(call: Call<I, O>, cuts: Cuts, first: number): void {
    const buffers: BufferHandle[] = [];
    const results: { readonly from: View; readonly to: View }[] = [];
    const together = (view: View): View => {
      const bytes = count(view) * bytesPerElement[view.dtype];
      buffers.push(this.#buffers.alloc(bytes));
      return contiguous(buffers[buffers.length - 1], view.dtype, view.shape);
    };
    try {
      const read = mapViews(call.inputs, (view) => {
        if (this.windows.fits(view)) return view;
        const copy = together(view);
        this.kernels.copy([view], [copy], {});
        return copy;
      });
      const written = mapViews(call.outputs, (view) => {
        if (this.windows.fits(view) && (cuts.strided || isContiguous(view))) return view;
        const block = together(view);
        if (cuts.inPlace) this.kernels.copy([view], [block], {});
        results.push({ from: block, to: view });
        return block;
      });
      this.windows.through(read, written, (i, o) => call.run(i, o, first));
      for (const { from, to } of results) this.kernels.copy([from], [to], {});
    } finally {
      for (const buffer of buffers) this.#buffers.free(buffer);
    }
  }
}

function nth(parts: View, index: number): View {
  const [stride, ...strides] = parts.strides;
  return reviewed(parts, parts.shape.slice(1), strides, parts.offset + index * stride);
}
