import type { TensorPurpose } from "@saccade/core/backend";

/** An option of `createCpuBackend` that is unknown, malformed or cannot be had here. */
export class CpuOptionError extends Error {
  override readonly name = "CpuOptionError";
}

/** The platform lacks what every build needs (WebAssembly with 128-bit SIMD). */
export class CpuUnsupportedError extends Error {
  override readonly name = "CpuUnsupportedError";
}

/** The backend was used after `dispose()`. */
export class CpuDisposedError extends Error {
  override readonly name = "CpuDisposedError";
}

/** More memory was asked for than there is. All sizes in bytes. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
  readonly requested: number;
  readonly live: number;
  readonly limit: number;

  constructor(requested: number, live: number, limit: number, tensor?: TensorPurpose) {
    const what = tensor ? ` for ${tensor.op}'s ${tensor.dtype} [${tensor.shape}]` : "";
    super(
      `alloc: out of memory${what} (asked for ${mebibytes(requested)}, live ${mebibytes(live)}, limit ${mebibytes(limit)}); ` +
        "use a smaller batch, checkpoint activations, or raise memoryLimit",
    );
    this.requested = requested;
    this.live = live;
    this.limit = limit;
  }
}

function mebibytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} B` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
