import type { Backend, BackendInfo, BufferHandle, DType, TensorPurpose } from "@saccade/core/backend";
import { describeDevice } from "./adapter/describe.ts";
import type { GpuFeature } from "./adapter/features.ts";
import type { DeviceFacts } from "./adapter/request-device.ts";
import { IndexChecks } from "./debug/index-checks.ts";
import { BufferTable } from "./device/buffers.ts";
import { CommandQueue } from "./device/commands.ts";
import { DeviceErrors } from "./device/device-errors.ts";
import { PipelineCache } from "./device/pipelines.ts";
import {
  chromeTrace,
  type KernelTime,
  kernelTimes,
  Profiler,
  type TimedDispatch,
} from "./device/profiler.ts";
import { Readback } from "./device/readback.ts";
import { GpuError, GpuUnavailableError } from "./errors.ts";
import { argReduce } from "./kernels/arg-reduce.ts";
import { attentionKernels } from "./kernels/attention/kernels.ts";
import { addingToWaiting } from "./kernels/binary.ts";
import { elementwiseKernels, fusedElementwiseKernels } from "./kernels/elementwise.ts";
import { gather } from "./kernels/gather.ts";
import { Launcher } from "./kernels/launch.ts";
import { readableCodes } from "./kernels/matmul/codes.ts";
import { product } from "./kernels/matmul/product.ts";
import { recurrentKernels } from "./kernels/recurrent/kernels.ts";
import { reduce } from "./kernels/reduce/reduce.ts";
import { replayedKernels } from "./kernels/replayed-kernels.ts";
import { rowKernels } from "./kernels/rows/row-kernels.ts";
import { scan } from "./kernels/scan.ts";
import { scatterAdd } from "./kernels/scatter-add.ts";
import { sumSquares } from "./kernels/sum-squares.ts";
import { topK } from "./kernels/top-k.ts";
import { splitKernels } from "./split/kernels.ts";
import { WINDOW_STEP } from "./split/windows.ts";
import { reviewed } from "./views/nest.ts";

/** Bytes up to which every byte has an index in 31 bits, in whole windows. */
const MAX_BINDING_BYTES = 2 ** 31 - WINDOW_STEP;

/** What `createGpuBackend` was told of the backend itself. */
export interface GpuSettings {
  /** Bytes that may be held, and that one shader may be bound to; infinity where only the device limits them. */
  readonly memoryLimit: number;
  readonly bindingLimit: number;
  /** Indices are checked on the device. */
  readonly debug?: boolean;
}

/** The GPU backend: kernels in WGSL. Calls record; `flush` submits, `read` waits. */
export class GpuBackend implements Backend {
  readonly name = "gpu";
  /** Halves where the device has `shader-f16`. */
  readonly dtypes: ReadonlySet<DType>;
  readonly kernels: Backend["kernels"];
  readonly fused: Backend["fused"];
  readonly device: GPUDevice;
  readonly #facts: DeviceFacts;
  readonly #errors: DeviceErrors;
  readonly #buffers: BufferTable;
  readonly #pipelines: PipelineCache;
  readonly #commands: CommandQueue;
  readonly #readback: Readback;
  readonly #launcher: Launcher;
  /** In debug mode. */
  readonly #checks: IndexChecks | undefined;

  /** Made by `createGpuBackend`. */
  constructor(device: GPUDevice, facts: DeviceFacts, { memoryLimit, bindingLimit, debug }: GpuSettings) {
    this.device = device;
    this.#facts = facts;
    this.dtypes = new Set<DType>(
      facts.features.has("shader-f16") ? ["f32", "f16", "i32", "u8"] : ["f32", "i32", "u8"],
    );
    this.#errors = new DeviceErrors(device);
    const bindable = Math.min(facts.limits.maxStorageBufferBindingSize, bindingLimit, MAX_BINDING_BYTES);
    this.#buffers = new BufferTable(device, this.#errors, memoryLimit, bindable - (bindable % WINDOW_STEP));
    this.#pipelines = new PipelineCache(device);
    this.#commands = new CommandQueue(device, this.#buffers);
    this.#readback = new Readback(device);
    this.#launcher = new Launcher(this.#buffers, this.#pipelines, this.#commands, facts);
    const launcher = this.#launcher;
    const kernels: Backend["kernels"] = {
      ...elementwiseKernels(launcher),
      reduce: ([x], [out], attrs) => reduce(launcher, x, out, attrs),
      argReduce: ([x], [out], attrs) => argReduce(launcher, x, out, attrs),
      scan: ([x], [out], attrs) => scan(launcher, x, out, attrs),
      matmul: ([a, b], [out]) => product(launcher, { a, b, out }),
      gather: ([x, index], [out], { axis }) => gather(launcher, x, index, out, axis),
      scatterAdd: ([index, src], [out], { axis }) => scatterAdd(launcher, index, src, out, axis),
      topK: ([x], outputs, attrs) => topK(launcher, x, outputs, attrs),
    };
    const elementwise = fusedElementwiseKernels(launcher);
    const rows = rowKernels(launcher);
    const fused: Backend["fused"] = {
      ...attentionKernels(launcher),
      ...recurrentKernels(launcher),
      linear: {
        run: ([x, w, b], [y, pre], { activation }) => {
          const transposed = reviewed(w, [w.shape[1], w.shape[0]], [w.strides[1], w.strides[0]]);
          product(launcher, { a: x, b: transposed, out: y, bias: b, activation, pre });
        },
      },
      quantizedLinear: {
        run: ([x, words, scales, b], [y], { bits, activation }) => {
          const [n, count] = words.shape;
          const shape = [(count * 32) / bits, n];
          const weight = reviewed(words, shape, [0, 0]);
          product(launcher, { a: x, b: weight, out: y, bias: b, activation, codes: { words, scales, bits } });
        },
        supports: ([, words, scales], { bits }) => readableCodes(words, bits, scales),
      },
      softmax: { run: rows.softmax },
      softmaxBackward: { run: rows.softmaxBackward },
      layerNorm: { run: rows.layerNorm },
      layerNormBackward: { run: rows.layerNormBackward },
      rmsNorm: { run: rows.rmsNorm },
      rmsNormBackward: { run: rows.rmsNormBackward },
      crossEntropy: { run: rows.crossEntropy },
      crossEntropyBackward: { run: rows.crossEntropyBackward },
      unaryBackward: { run: elementwise.unaryBackward },
      glu: { run: elementwise.glu },
      gluBackward: { run: elementwise.gluBackward },
      dropout: { run: elementwise.dropout },
      sumSquares: { run: sumSquares(launcher) },
      adamwStep: { run: elementwise.adamwStep },
    };
    this.#checks = debug ? new IndexChecks(launcher) : undefined;
    const replayed = replayedKernels(launcher, { kernels, fused });
    const waiting = { ...replayed.kernels, binary: addingToWaiting(launcher, replayed.kernels.binary) };
    const split = splitKernels(this.#buffers, { kernels: waiting, fused: replayed.fused });
    ({ kernels: this.kernels, fused: this.fused } = this.#checks?.watch(split) ?? split);
  }

  /** The features that the kernels use where they help. */
  get features(): ReadonlySet<GpuFeature> {
    return this.#facts.features;
  }

  alloc(bytes: number, tensor?: TensorPurpose): BufferHandle {
    this.#errors.check();
    return this.#buffers.alloc(bytes, tensor);
  }

  free(buffer: BufferHandle): void {
    this.#buffers.free(buffer);
  }

  write(handle: BufferHandle, data: ArrayBufferView, byteOffset = 0): void {
    this.#errors.check();
    if (data.byteLength === 0) return;
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    const whole = byteOffset % 4 === 0 ? bytes.length - (bytes.length % 4) : 0;
    if (whole > 0)
      this.#commands.write(this.#buffers.get(handle).buffer, byteOffset, bytes.subarray(0, whole));
    if (whole < bytes.length) this.#writeBytes(handle, bytes.subarray(whole), byteOffset + whole);
  }

  /** Words are the smallest unit of a transfer: what shares a word with its neighbours goes through a kernel. */
  #writeBytes(handle: BufferHandle, bytes: Uint8Array<ArrayBuffer>, byteOffset: number): void {
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    padded.set(bytes);
    this.#launcher.scratch(padded.length, (buffer) => {
      this.#commands.write(this.#buffers.get(buffer).buffer, 0, padded);
      const window = (at: BufferHandle, offset: number) =>
        ({ buffer: at, dtype: "u8", shape: [bytes.length], strides: [1], offset }) as const;
      this.kernels.copy([window(buffer, 0)], [window(handle, byteOffset)], {});
    });
  }

  async read(handle: BufferHandle, byteOffset: number, bytes: number): Promise<ArrayBuffer> {
    this.#errors.check();
    if (bytes === 0) return new ArrayBuffer(0);
    const first = byteOffset - (byteOffset % 4);
    const size = Math.ceil((byteOffset + bytes - first) / 4) * 4;
    const [words] = await Promise.all([
      this.#readWords(handle, first, size),
      this.#checks?.tell((counters, length) => this.#readWords(counters, 0, length)),
    ]);
    return words.byteLength === bytes ? words : words.slice(byteOffset - first, byteOffset - first + bytes);
  }

  async #readWords(handle: BufferHandle, first: number, size: number): Promise<ArrayBuffer> {
    const source = this.#buffers.get(handle).buffer;
    const { runAhead } = this.#commands;
    const reading = this.#readback.read(size, (staging, from, length) => {
      this.#commands.copy(source, first + from, staging, 0, length);
      this.#commands.finish();
    });
    const { here } = runAhead;
    const words = await this.#settled(reading);
    runAhead.reached(here);
    return words;
  }

  /** What `work` gives once it is known that nothing went wrong on the device meanwhile. */
  async #settled<T>(work: Promise<T>): Promise<T> {
    const { failures } = this.#errors;
    try {
      const result = await work;
      await this.#errors.settled();
      this.#errors.checkSince(failures);
      return result;
    } catch (error) {
      this.#errors.check();
      throw error;
    }
  }

  /**
   * Compiles the shaders that `run` needs, without blocking the thread and without computing: tensors that `run`
   * makes hold nothing of use. A page calls it before the first step, so that it never freezes: the longest task is the
   * JavaScript of `run` itself.
   *
   * @param run  a forward pass, a training step ...; it may not wait for results
   * @returns the number of shaders
   * @example
   * const backend = await createGpuBackend();
   * const x = ones([4, 4], { backend });
   * await backend.warmUp(() => tidy(() => void x.matmul(x).gelu())); // => 2
   */
  async warmUp(run: () => void): Promise<number> {
    this.#errors.check();
    const shaders = this.#launcher.note(run);
    await this.#settled(this.#pipelines.prepareAll(shaders));
    return shaders.length;
  }

  /**
   * Times every dispatch of `run` by the GPU's own clock.
   *
   * @returns what each kernel took in all, every dispatch, and a file for Chrome's tracing page
   * @throws GpuUnavailableError where the adapter has no timestamp queries
   * @throws GpuError while another profile is being taken
   * @example
   * const backend = await createGpuBackend();
   * const x = ones([4, 4], { backend });
   * const { kernels } = await backend.profile(() => tidy(() => void x.exp()));
   * kernels[0].dispatches; // => 1
   */
  async profile(
    run: () => void | Promise<void>,
  ): Promise<{ kernels: KernelTime[]; dispatches: TimedDispatch[]; chromeTrace: string }> {
    this.#errors.check();
    if (!this.#facts.features.has("timestamp-query")) {
      throw new GpuUnavailableError("profile: this adapter has no timestamp queries");
    }
    if (this.#commands.profiler) throw new GpuError("profile: another profile is being taken");
    const profiler = new Profiler(this.device);
    this.#commands.profiler = profiler;
    let dispatches: TimedDispatch[];
    try {
      await run();
      this.#commands.profiler = undefined;
      dispatches = await this.#settled(profiler.times());
    } finally {
      this.#commands.profiler = undefined;
      profiler.dispose();
    }
    return { kernels: kernelTimes(dispatches), dispatches, chromeTrace: chromeTrace(dispatches) };
  }

  flush(): void {
    this.#errors.check();
    this.#commands.finish();
  }

  /**
   * Waits until the device is not far behind: at most 64 submissions, and 256 MiB of uploads, are unfinished then. A loop that
   * reads nothing awaits it in each step (`settle` of `@saccade/core`), or else queues without bound.
   */
  async settle(): Promise<void> {
    this.#errors.check();
    await this.#settled(this.#commands.runAhead.settle());
  }

  info(): BackendInfo {
    return {
      ...describeDevice(this.#facts),
      liveBytes: this.#buffers.liveBytes,
      liveBuffers: this.#buffers.liveBuffers,
      reservedBytes: this.#buffers.reservedBytes,
      pipelines: this.#pipelines.size,
      dispatches: this.#commands.dispatches + this.#launcher.deferred,
      submissions: this.#commands.submissions,
      unfinishedSubmissions: this.#commands.runAhead.unfinished.submissions,
    };
  }

  dispose(): void {
    this.#errors.lose("the GPU backend was disposed of");
    this.#buffers.dispose();
    this.#commands.dispose();
    this.#readback.dispose();
    this.device.destroy();
  }
}
