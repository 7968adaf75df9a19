import type { View } from "@saccade/core/backend";
import type { BufferTable, ResidentBuffer } from "../device/buffers.ts";
import { CallKey } from "./call-key.ts";
import type { Launcher } from "./launch.ts";
import { Recorder, type Step } from "./recorder.ts";

/** Calls that are kept before the older half is let go: more than a step of a large training run has. */
export const GENERATION = 1024;

type Views = readonly (View | null)[];

/** What a launcher does for replays. */
interface Launches extends Pick<Launcher, "isNoting" | "record" | "relaunch"> {
  readonly buffers: Pick<BufferTable, "alloc" | "free" | "get">;
}

/** What calls of the same words do. */
interface Known {
  readonly words: Int32Array;
  readonly steps: readonly Step[];
  /** Another one of the same hash. */
  readonly next: Known | undefined;
}

/**
 * Kernels that are asked once. Which shaders a call runs, with what uniforms and how many workgroups, depends on how its
 * operands lie in memory and on its attributes, not on which memory it is. So what a call launched is launched again
 * where another one differs in its buffers alone: the layers of a model, the steps of a training run.
 *
 * Two generations: what is not called while the younger one fills goes with the older.
 */
export class Replays {
  readonly #launcher: Launches;
  readonly #key = new CallKey();
  #young = new Map<number, Known>();
  #old = new Map<number, Known>();
  #kernels = 0;

  constructor(launcher: Launches) {
    this.#launcher = launcher;
  }

  /** The same kernel. What it launches may depend on nothing but layouts and attributes, and be changed by nobody. */
  of<I extends Views, O extends readonly View[], A extends object>(
    kernel: (inputs: I, outputs: O, attrs: A) => void,
  ): (inputs: I, outputs: O, attrs: A) => void {
    const launcher = this.#launcher;
    const key = this.#key;
    const index = this.#kernels++;
    return (inputs, outputs, attrs) => {
      if (launcher.isNoting || !key.write(index, inputs, outputs, attrs)) {
        kernel(inputs, outputs, attrs);
        return;
      }
      const hash = key.hash();
      const known = this.#find(hash);
      if (known) {
        this.#replay(known.steps);
        return;
      }
      const words = key.copy();
      const recorder = new Recorder(key.handles);
      launcher.record(recorder, () => kernel(lasting(inputs), lasting(outputs), attrs));
      this.#young.set(hash, { words, steps: recorder.steps, next: this.#young.get(hash) });
    };
  }

  #find(hash: number): Known | undefined {
    const young = this.#among(this.#young.get(hash));
    if (young) return young;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    const old = this.#among(this.#old.get(hash));
    if (old) this.#young.set(hash, { ...old, next: this.#young.get(hash) });
    return old;
  }

  #among(first: Known | undefined): Known | undefined {
    for (let known = first; known !== undefined; known = known.next) {
      if (this.#key.is(known.words)) return known;
    }
    return undefined;
  }

  #replay(steps: readonly Step[]): void {
    const { buffers } = this.#launcher;
    const { handles } = this.#key;
    const given = handles.length;
    const operands: ResidentBuffer[] = [];
    for (let i = 0; i < given; i++) operands.push(buffers.get(handles[i]));
    try {
      for (let i = 0; i < steps.length; i++) {
        const step = steps[i];
        if (step.kind === "launch") this.#launcher.relaunch(step.launch, chosen(operands, step.operands));
        else if (step.kind === "take") {
          const handle = buffers.alloc(step.bytes);
          handles.push(handle);
          operands.push(buffers.get(handle));
        } else {
          buffers.free(handles[step.operand]);
          handles[step.operand] = GIVEN_BACK;
        }
      }
    } catch (error) {
      for (let i = given; i < handles.length; i++) if (handles[i] !== GIVEN_BACK) buffers.free(handles[i]);
      throw error;
    }
  }
}

const GIVEN_BACK = -1;

/** The same views, of which something may be kept when their tensors are gone. */
function lasting<T extends Views>(views: T): T {
  const plain: Views = views.map((view) => {
    if (view === null) return null;
    const { buffer, dtype, shape, strides, offset } = view;
    return { buffer, dtype, shape, strides, offset };
  });
  return plain as T; // as many, in the same places
}

function chosen(operands: readonly ResidentBuffer[], places: readonly number[]): ResidentBuffer[] {
  const buffers: ResidentBuffer[] = [];
  for (let i = 0; i < places.length; i++) buffers.push(operands[places[i]]);
  return buffers;
}
