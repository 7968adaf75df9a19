import { type GpuError, GpuLostError, GpuOutOfMemoryError, GpuValidationError } from "../errors.ts";

/**
 * What went wrong on the device. It tells late: the next call throws it.
 *
 * Where memory was missing, everything that was recorded with the missing buffer is refused as well. Those complaints
 * are its consequences, and are not told.
 */
export class DeviceErrors {
  readonly #device: GPUDevice;
  /** For good. */
  #lost: GpuError | undefined;
  /** Since the last call. */
  #failure: GpuError | undefined;
  /** The last one, told or not. */
  #latest: GpuError | undefined;
  /** How many there were, told or not. */
  failures = 0;
  readonly #pending = new Set<Promise<void>>();
  /** Missing memory whose consequences are not all known yet. */
  #open = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      void this.settled().then(() => this.#complain(error));
    });
    void device.lost.then(({ reason, message }) => {
      this.lose(`the GPU device was lost (${reason}${message ? `: ${message}` : ""}); make a new backend`);
    });
  }

  /** Throws what went wrong since the last call. */
  check(): void {
    const failure = this.#lost ?? this.#failure;
    if (failure === undefined) return;
    this.#failure = undefined;
    throw failure;
  }

  /** Throws, too, what went wrong meanwhile and was told to somebody else: there were `failures` before. */
  checkSince(failures: number): void {
    this.check();
    if (this.#latest && this.failures > failures) throw this.#latest;
  }

  /** From now on, every call throws. */
  lose(message: string): void {
    this.#lost ??= new GpuLostError(message);
  }

  /** Until it is known whether there was memory for every buffer so far. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** `missing` is called, later, if there was no memory for the buffer: it submits what is recorded, and tells the error. */
  createBuffer(descriptor: GPUBufferDescriptor, missing: () => GpuOutOfMemoryError): GPUBuffer {
    this.#device.pushErrorScope("out-of-memory");
    const buffer = this.#device.createBuffer(descriptor);
    const known = this.#device.popErrorScope().then(
      (error) => {
        this.#pending.delete(known);
        if (error) this.#starve(missing());
      },
      () => void this.#pending.delete(known), // the device was lost, which is told by itself
    );
    this.#pending.add(known);
    return buffer;
  }

  #starve(error: GpuOutOfMemoryError): void {
    this.#note(error, this.#failure instanceof GpuOutOfMemoryError ? this.#failure : error);
    this.#open += 1;
    const done = (): void => {
      this.#open -= 1;
    };
    this.#device.queue.onSubmittedWorkDone().then(done, done);
  }

  #complain(error: GPUError): void {
    if (this.#open > 0) return;
    const refused = new GpuValidationError(`the GPU refused a command: ${error.message}`);
    this.#note(refused, this.#failure ?? refused);
  }

  #note(latest: GpuError, failure: GpuError): void {
    this.#failure = failure;
    this.#latest = latest;
    this.failures += 1;
  }
}
