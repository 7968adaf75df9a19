import type { Launch } from "./launch.ts";

/**
 * One thing that a call does: it launches a shader, takes memory, or gives it back. Operands are counted: those of the
 * call that are not null, inputs first, then memory as it is taken.
 */
export type Step =
  | { readonly kind: "launch"; readonly launch: Launch; readonly operands: readonly number[] }
  | { readonly kind: "take"; readonly bytes: number }
  | { readonly kind: "give"; readonly operand: number };

/** Notes what a call of a kernel does, whatever its buffers are. */
export class Recorder {
  readonly steps: Step[] = [];
  /** Buffers that the call has; undefined where one is given back. */
  readonly #handles: (number | undefined)[];

  constructor(handles: readonly number[]) {
    this.#handles = [...handles];
  }

  launched(launch: Launch): void {
    const operands = [...launch.reads, ...launch.writes].map(({ buffer }) => this.#operand(buffer));
    this.steps.push({ kind: "launch", launch, operands });
  }

  took(bytes: number, handle: number): void {
    this.#handles.push(handle);
    this.steps.push({ kind: "take", bytes });
  }

  gave(handle: number): void {
    const operand = this.#operand(handle);
    this.#handles[operand] = undefined;
    this.steps.push({ kind: "give", operand });
  }

  #operand(handle: number): number {
    const operand = this.#handles.indexOf(handle);
    if (operand < 0) throw new RangeError(`a kernel uses a buffer that its call does not have (${handle})`);
    return operand;
  }
}
