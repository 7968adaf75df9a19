import type { Backend, BufferHandle, View } from "@saccade/core/backend";
import { GpuIndexError } from "../errors.ts";
import { eachElement, groupsOver, type Launcher } from "../kernels/launch.ts";
import { contiguous } from "../views/nest.ts";
import { binding, count, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";

/** Calls that are told apart between two readings; the last counter is shared by those beyond. */
const CALLS = 256;

type Kernels = Pick<Backend, "kernels" | "fused">;
/** Reads the first bytes of a buffer. */
type Read = (buffer: BufferHandle, bytes: number) => Promise<ArrayBuffer>;

/** One call whose indices are counted. */
interface Call {
  readonly kernel: string;
  readonly indices: number;
  readonly size: number;
  /** Where the program made it. */
  readonly place: Error;
}

/** Counts indices that lie outside of what they pick from, on the device: kernels read NaN there, or drop what comes. */
export class IndexChecks {
  readonly #launcher: Launcher;
  readonly #calls: Call[] = [];
  #counters: BufferHandle | undefined;

  constructor(launcher: Launcher) {
    this.#launcher = launcher;
  }

  /** The same kernels, with what they are given counted first. */
  watch({ kernels, fused }: Kernels): Kernels {
    const { gather, scatterAdd } = kernels;
    const { crossEntropy } = fused;
    return {
      kernels: {
        ...kernels,
        gather: (inputs, outputs, attrs) => {
          this.#count("gather", inputs[1], inputs[0].shape[attrs.axis]);
          gather(inputs, outputs, attrs);
        },
        scatterAdd: (inputs, outputs, attrs) => {
          this.#count("scatterAdd", inputs[0], outputs[0].shape[attrs.axis]);
          scatterAdd(inputs, outputs, attrs);
        },
      },
      fused: {
        ...fused,
        ...(crossEntropy && {
          crossEntropy: {
            ...crossEntropy,
            run: (inputs, outputs, attrs) => {
              this.#count("crossEntropy", inputs[1], inputs[0].shape[1], attrs.ignoreIndex);
              crossEntropy.run(inputs, outputs, attrs);
            },
          },
        }),
      },
    };
  }

  /** What was found since the last time. @throws GpuIndexError  the first call with indices outside */
  async tell(read: Read): Promise<void> {
    const { buffers } = this.#launcher;
    const counters = this.#counters;
    if (counters === undefined) return;
    const calls = this.#calls.splice(0);
    this.#counters = undefined;
    const counts = new Uint32Array(await read(counters, 4 * CALLS).finally(() => buffers.free(counters)));
    const worst = calls.findIndex((_, i) => counts[i] > 0);
    if (worst < 0) return;
    const { kernel, indices, size, place } = calls[worst];
    throw new GpuIndexError(kernel, counts[worst], indices, size, { cause: place });
  }

  #count(kernel: string, index: View, size: number, ignored?: number): void {
    const launcher = this.#launcher;
    const { buffers } = launcher;
    if (launcher.isNoting) return;
    if (buffers.get(index.buffer).size > buffers.bindable) return; // too large to be looked at in one go
    const counters = contiguous(this.#reserve(), "i32", [CALLS]);
    if (this.#calls.length === CALLS) this.#calls.pop();
    const slot = this.#calls.length;
    this.#calls.push({ kernel, indices: count(index), size, place: new Error("the call was made here") });
    const u = new Uniforms().u32("count", count(index)).i32("size", size).u32("slot", slot);
    u.i32("ignored", ignored ?? 0);
    const walk = new Walk(u, [index], ["index"]);
    launcher.launch({
      key: `indices outside ${ignored !== undefined}/${walk.key}`,
      uniforms: u,
      reads: [index],
      writes: [counters],
      source:
        () => `${binding(1, "index_data", "i32", "r")}${binding(2, "counts", "i32", "w", { atomic: true })}${eachElement}
  if (i >= P.count) { return; }
  ${walk.locate("i")}
  let index = index_data[index_at];
  let counted = ${ignored === undefined ? "true" : "index != P.ignored"};
  if (counted && (index < 0 || index >= P.size)) { atomicAdd(&counts[P.slot], 1u); }
}`,
      workgroups: groupsOver(count(index)),
    });
  }

  /** The counters, at zero when they are new. */
  #reserve(): BufferHandle {
    if (this.#counters !== undefined) return this.#counters;
    const launcher = this.#launcher;
    const buffer = launcher.buffers.alloc(4 * CALLS);
    this.#counters = buffer;
    launcher.launch({
      key: "no indices outside",
      uniforms: new Uniforms(),
      reads: [],
      writes: [contiguous(buffer, "i32", [CALLS])],
      source: () => `${binding(1, "counts", "i32", "w")}${eachElement}
  if (i < ${CALLS}u) { counts[i] = 0; }
}`,
      workgroups: groupsOver(CALLS),
    });
    return buffer;
  }
}
