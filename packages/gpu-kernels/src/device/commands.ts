import { BindGroups } from "./bind-groups.ts";
import type { BufferTable, ResidentBuffer } from "./buffers.ts";
import { MAX_UNSUBMITTED_DESTROYS } from "./buffers.ts";
import { PIECE_BYTES } from "./flags.ts";
import { ParamArena } from "./params.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Profiler } from "./profiler.ts";
import { RunAhead } from "./run-ahead.ts";

/**
 * Commands that are recorded before they are submitted unasked: few at first, so that an idle device starts early, then
 * twice as many each time, because a submission costs as much as several commands.
 */
const FIRST_PENDING = 32;
const MAX_PENDING = 512;

/** What runs: a pipeline over buffers, with a uniform block, in workgroups. */
export interface Dispatch {
  readonly pipeline: Pipeline;
  /** Kept, not to be changed afterwards. */
  readonly buffers: readonly ResidentBuffer[];
  readonly params: readonly number[];
  readonly workgroups: readonly [x: number, y: number, z: number];
}

/** Commands in order: recorded into one compute pass, submitted by `flush`. */
export class CommandQueue {
  readonly #device: GPUDevice;
  readonly #buffers: BufferTable;
  readonly #params: ParamArena;
  readonly #groups: BindGroups;
  readonly runAhead: RunAhead;
  /** What `setBindGroup` reads the offset from. */
  readonly #offset: [number] = [0];
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  /** The one that the open pass has set. */
  #pipeline: Pipeline | undefined;
  #pending = 0;
  #most = FIRST_PENDING;
  #profiler: Profiler | undefined;
  /** Records what was put off: called before anything that has to come behind it. */
  settle: () => void = () => {};
  /** Since the backend was made. */
  dispatches = 0;
  submissions = 0;

  constructor(device: GPUDevice, buffers: BufferTable) {
    this.#device = device;
    this.#buffers = buffers;
    this.#params = new ParamArena(device);
    this.runAhead = new RunAhead(device.queue);
    this.#groups = new BindGroups(device, this.#params.buffer);
    buffers.submit = () => this.flush();
    buffers.forget = () => this.#groups.clear();
  }

  dispatch({ pipeline, buffers, params, workgroups }: Dispatch): void {
    const pass = this.#pass ?? this.#open().beginComputePass(this.#profiler?.begin(pipeline.label));
    this.#pass = pass;
    if (this.#pipeline !== pipeline) pass.setPipeline(pipeline.pipeline);
    this.#pipeline = pipeline;
    this.#offset[0] = this.#params.push(params);
    pass.setBindGroup(0, this.#groups.get(pipeline.layout, buffers), this.#offset);
    pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    this.dispatches += 1;
    this.#pending += 1;
    if (this.#profiler) this.#endPass(); // times belong to passes
    if (this.#pending >= this.#most || this.#params.full || this.#profiler?.full) {
      this.flush();
      this.#most = Math.min(2 * this.#most, MAX_PENDING);
    }
  }

  get profiler(): Profiler | undefined {
    return this.#profiler;
  }

  /** From now on every dispatch is timed; `undefined` ends it. */
  set profiler(profiler: Profiler | undefined) {
    if (profiler === this.#profiler) return;
    this.flush();
    this.#profiler = profiler;
  }

  /** Byte ranges are multiples of 4. */
  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void {
    this.settle();
    this.#endPass();
    this.#open().copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
    this.#pending += 1;
  }

  /** Uploads behind everything that is recorded so far. Offset and length are multiples of 4. */
  write(buffer: GPUBuffer, offset: number, data: Uint8Array<ArrayBuffer>): void {
    this.flush(); // the queue's own writes overtake what is recorded and not submitted
    this.runAhead.uploaded(data.length);
    for (let from = 0; from < data.length; from += PIECE_BYTES) {
      this.#device.queue.writeBuffer(buffer, offset + from, data.subarray(from, from + PIECE_BYTES));
      if (data.length > PIECE_BYTES) this.#device.queue.submit([]); // what the driver copied to is used again
    }
  }

  /** Submits, because somebody asks for it: the device may be idle when the next command comes. */
  finish(): void {
    this.flush();
    this.#most = FIRST_PENDING;
  }

  /** Submits everything recorded so far; drivers reclaim destroyed buffers then, too. */
  flush(): void {
    this.settle();
    if (this.#pending === 0 && this.#buffers.destroys < MAX_UNSUBMITTED_DESTROYS) return;
    this.#endPass();
    this.#params.upload();
    if (this.#encoder) this.#profiler?.resolve(this.#encoder);
    this.#device.queue.submit(this.#encoder ? [this.#encoder.finish()] : []);
    this.#encoder = undefined;
    this.#pending = 0;
    this.#buffers.destroys = 0;
    this.submissions += 1;
    this.runAhead.submitted();
    this.#buffers.trimExcess();
  }

  dispose(): void {
    this.#params.dispose();
  }

  #open(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
    this.#pipeline = undefined;
  }
}
