import type { BufferTable } from "./buffers.ts";
import { MAX_UNSUBMITTED_DESTROYS } from "./buffers.ts";
import { BLOCK_WORDS, ParamArena } from "./params.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Profiler } from "./profiler.ts";

/** Dispatches that are recorded before they are submitted unasked: enough to hide the cost, few enough to start early. */
const MAX_PENDING = 512;

/** What runs: a pipeline over buffers, with a uniform block, in workgroups. */
export interface Dispatch {
  readonly pipeline: Pipeline;
  readonly buffers: readonly GPUBuffer[];
  readonly params: Int32Array;
  readonly workgroups: readonly [x: number, y: number, z: number];
}

/** Commands in order: recorded into one compute pass, submitted by `flush`. */
export class CommandQueue {
  readonly #device: GPUDevice;
  readonly #buffers: BufferTable;
  readonly #params: ParamArena;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #pending = 0;
  #profiler: Profiler | undefined;
  /** Since the backend was made. */
  dispatches = 0;
  submissions = 0;

  constructor(device: GPUDevice, buffers: BufferTable) {
    this.#device = device;
    this.#buffers = buffers;
    this.#params = new ParamArena(device);
    buffers.submit = () => this.flush();
  }

  dispatch({ pipeline, buffers, params, workgroups }: Dispatch): void {
    const block = this.#params.push(params);
    const entries: GPUBindGroupEntry[] = [
      { binding: 0, resource: { buffer: block.buffer, size: 4 * BLOCK_WORDS } },
    ];
    for (let i = 0; i < buffers.length; i++)
      entries.push({ binding: i + 1, resource: { buffer: buffers[i] } });
    const group = this.#device.createBindGroup({ layout: pipeline.layout, entries });
    this.#pass ??= this.#open().beginComputePass(this.#profiler?.begin(pipeline.label));
    this.#pass.setPipeline(pipeline.pipeline);
    this.#pass.setBindGroup(0, group, [block.offset]);
    this.#pass.dispatchWorkgroups(...workgroups);
    this.dispatches += 1;
    this.#pending += 1;
    if (this.#profiler) this.#endPass(); // times belong to passes
    if (this.#pending >= MAX_PENDING || this.#profiler?.full) this.flush();
  }

  /** From now on every dispatch is timed; `undefined` ends it. */
  set profiler(profiler: Profiler | undefined) {
    this.flush();
    this.#profiler = profiler;
  }

  /** Byte ranges are multiples of 4. */
  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void {
    this.#endPass();
    this.#open().copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
    this.#pending += 1;
  }

  /** Uploads behind everything that is recorded so far. Offset and length are multiples of 4. */
  write(buffer: GPUBuffer, offset: number, data: Uint8Array<ArrayBuffer>): void {
    this.flush(); // the queue's own writes overtake what is recorded and not submitted
    this.#device.queue.writeBuffer(buffer, offset, data);
  }

  /** Submits everything recorded so far; drivers reclaim destroyed buffers then, too. */
  flush(): void {
    if (this.#pending === 0 && this.#buffers.destroys < MAX_UNSUBMITTED_DESTROYS) return;
    this.#endPass();
    this.#params.upload();
    if (this.#encoder) this.#profiler?.resolve(this.#encoder);
    this.#device.queue.submit(this.#encoder ? [this.#encoder.finish()] : []);
    this.#encoder = undefined;
    this.#pending = 0;
    this.#buffers.destroys = 0;
    this.submissions += 1;
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
  }
}
