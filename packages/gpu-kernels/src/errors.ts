import type { TensorPurpose } from "@saccade/core/backend";

/** Base of every error that this package throws on purpose. */
export class GpuError extends Error {
  override name = "GpuError";
}

/** An option of `createGpuBackend` that is unknown or malformed. */
export class GpuOptionError extends GpuError {
  override name = "GpuOptionError";
}

/** There is no WebGPU here, or no adapter; the message says what to install or switch on. */
export class GpuUnavailableError extends GpuError {
  override name = "GpuUnavailableError";
}

/** The device was lost, or the backend disposed of: tensors on it are gone. */
export class GpuLostError extends GpuError {
  override name = "GpuLostError";
}

/** The adapter refused a shader or a command: a mistake of this package, with the adapter's own words. */
export class GpuValidationError extends GpuError {
  override name = "GpuValidationError";
}

/** More memory was asked for than there is. All sizes in bytes. */
export class GpuOutOfMemoryError extends GpuError {
  override name = "GpuOutOfMemoryError";
  readonly requested: number;
  readonly live: number;
  readonly limit: number;

  constructor(requested: number, live: number, limit: number, what: string, tensor?: TensorPurpose) {
    const purpose = tensor ? ` for ${tensor.op}'s ${tensor.dtype} [${tensor.shape}]` : "";
    super(
      `alloc: out of GPU memory${purpose} (asked for ${mebibytes(requested)}, live ${mebibytes(live)}, ${what} ${mebibytes(limit)}); ` +
        "use a smaller batch, or checkpoint activations",
    );
    this.requested = requested;
    this.live = live;
    this.limit = limit;
  }
}

/** A tensor is larger than what a shader can be bound to, in a way that does not fall into blocks. Sizes in bytes. */
export class GpuLimitError extends GpuError {
  override name = "GpuLimitError";
  readonly requested: number;
  readonly limit: number;

  constructor(what: string, requested: number, limit: number) {
    super(
      `${what} needs ${mebibytes(requested)} at once, and a shader of this adapter can be bound to ${mebibytes(limit)}`,
    );
    this.requested = requested;
    this.limit = limit;
  }
}

/** Indices lie outside of the dimension that they pick from; found in debug mode. The cause says where the call was made. */
export class GpuIndexError extends GpuError {
  override name = "GpuIndexError";
  readonly kernel: string;
  /** Indices outside, and all of the call. */
  readonly outside: number;
  readonly indices: number;

  constructor(kernel: string, outside: number, indices: number, size: number, options: ErrorOptions) {
    super(
      `${kernel}: ${outside} of ${indices} indices are not within 0 and ${size - 1} (a dimension of size ${size})`,
      options,
    );
    this.kernel = kernel;
    this.outside = outside;
    this.indices = indices;
  }
}

function mebibytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} B` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
