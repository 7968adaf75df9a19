import { CpuOptionError } from "../errors.ts";
import { ARGS, ARGS_BYTES } from "../generated/exports.ts";

export const PAGE_BYTES = 65536;
/** One page short of 4 GiB, so that an end pointer never wraps to 0. */
export const MAX_PAGES = 65535;

/** The argument area of the kernels, as words; index 0 is `ARGS` in assembly/layout.ts. */
export interface Args {
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/**
 * The one WebAssembly memory, and typed arrays over all of it. The arrays are remade whenever the memory grows:
 * hold the `WasmMemory`, never an array.
 */
export class WasmMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** The most bytes that the memory may grow to. */
  readonly limit: number;
  u8!: Uint8Array;
  i32!: Int32Array;
  f32!: Float32Array;
  f64!: Float64Array;
  args!: Args;

  /** @param limit  bytes; less is taken if the platform cannot reserve so much address space */
  constructor(shared: boolean, limit: number, initialBytes: number) {
    const initial = Math.ceil(initialBytes / PAGE_BYTES);
    let maximum = Math.min(MAX_PAGES, Math.floor(limit / PAGE_BYTES));
    if (maximum < initial) {
      throw new CpuOptionError(
        `createCpuBackend: memoryLimit is ${limit} bytes, the kernels themselves need ${initial * PAGE_BYTES}`,
      );
    }
    let memory: WebAssembly.Memory | undefined;
    while (!memory) {
      try {
        memory = new WebAssembly.Memory({ initial, maximum, shared });
      } catch (error) {
        if (!(error instanceof RangeError) || maximum === initial) throw error;
        maximum = Math.max(initial, maximum >> 1);
      }
    }
    this.memory = memory;
    this.shared = shared;
    this.limit = maximum * PAGE_BYTES;
    this.#remake();
  }

  get bytes(): number {
    return this.u8.length;
  }

  /** Makes room for at least `bytes` bytes in all; false if that cannot be had. */
  grow(bytes: number): boolean {
    if (bytes <= this.bytes) return true;
    if (bytes > this.limit) return false;
    try {
      this.memory.grow(Math.ceil((bytes - this.bytes) / PAGE_BYTES));
    } catch {
      return false;
    }
    this.#remake();
    return true;
  }

  #remake(): void {
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.args = {
      i32: new Int32Array(buffer, ARGS, ARGS_BYTES / 4),
      f32: new Float32Array(buffer, ARGS, ARGS_BYTES / 4),
      f64: new Float64Array(buffer, ARGS, ARGS_BYTES / 8),
    };
  }
}
