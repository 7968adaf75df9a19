import type { View } from "@saccade/core/backend";
import type { ResidentBuffer } from "../device/buffers.ts";
import type { Launch } from "./launch.ts";

/** A view and where it lies, whatever becomes of its handle. */
export interface Operand {
  readonly view: View;
  readonly buffer: ResidentBuffer;
}

/** A launch and its buffers, in the order of their bindings. */
export class Item {
  readonly call: Launch;
  readonly buffers: readonly ResidentBuffer[];
  /** Whether it would read what it writes. */
  readonly overlaps: boolean;

  constructor(call: Launch, buffers: readonly ResidentBuffer[]) {
    this.call = call;
    this.buffers = buffers;
    this.overlaps = this.reads(buffers, call.reads.length);
  }

  /** Whether it reads any of `buffers` from `first` on. */
  reads(buffers: readonly ResidentBuffer[], first: number): boolean {
    return meet(this.buffers, 0, this.call.reads.length, buffers, first);
  }

  /** Whether it writes any of `buffers` from `first` on. */
  writes(buffers: readonly ResidentBuffer[], first: number): boolean {
    return meet(this.buffers, this.call.reads.length, this.buffers.length, buffers, first);
  }
}

/** Whether any of `a`, in a range, shares memory with any of `b` from `first` on: windows of one buffer count as one. */
function meet(
  a: readonly ResidentBuffer[],
  from: number,
  to: number,
  b: readonly ResidentBuffer[],
  first: number,
): boolean {
  for (let i = from; i < to; i++) {
    for (let j = first; j < b.length; j++) if (a[i].buffer === b[j].buffer) return true;
  }
  return false;
}
