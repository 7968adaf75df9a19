import { CpuOptionError, CpuUnsupportedError } from "./errors.ts";
import { MAX_PAGES, PAGE_BYTES } from "./memory/wasm-memory.ts";
import { hasSharedMemory, processors } from "./platform.ts";
import { detectSimd, type SimdLevel } from "./wasm/detect.ts";

/** Options of `createCpuBackend`. */
export interface CpuBackendOptions {
  /** Threads that compute, the caller included. Default `"auto"`: one per logical processor. */
  readonly threads?: number | "auto";
  /** Default `"auto"`: relaxed SIMD (fused multiply-add) where the engine has it. */
  readonly simd?: "auto" | SimdLevel;
  /** The system's BLAS in Node: found (`"auto"`, the default), not used (`"off"`), or the path of a library. */
  readonly blas?: "auto" | "off" | (string & {});
  /** Bytes that the memory may grow to. Default: 4 GiB less 64 KiB, the most that WebAssembly addresses. */
  readonly memoryLimit?: number;
}

/** Options with nothing left open, and a word on each fact that could be better. */
export interface CpuBackendPlan {
  readonly threads: number;
  readonly threadsNote: string;
  readonly simd: SimdLevel;
  readonly simdNote: string;
  readonly blas: string;
  readonly memoryLimit: number;
}

/** The limit of threads: each has its own scratch, and no kernel is cut into more tiles than this keeps busy. */
export const MAX_THREADS = 64;

const known = new Set<string>([
  "threads",
  "simd",
  "blas",
  "memoryLimit",
] satisfies (keyof CpuBackendOptions)[]);

/** Checks every option and settles what `"auto"` means here. */
export async function planOptions(options: CpuBackendOptions): Promise<CpuBackendPlan> {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw new CpuOptionError(`createCpuBackend: unknown option (${name})`);
  }
  const { threads = "auto", simd = "auto", blas = "auto", memoryLimit = MAX_PAGES * PAGE_BYTES } = options;
  if (!Number.isSafeInteger(memoryLimit) || memoryLimit <= 0) {
    throw new CpuOptionError(
      `createCpuBackend: memoryLimit is a positive number of bytes (got ${memoryLimit})`,
    );
  }
  if (typeof blas !== "string" || blas === "") {
    throw new CpuOptionError(`createCpuBackend: blas is "auto", "off" or a path (got ${String(blas)})`);
  }
  return { ...(await planThreads(threads)), ...planSimd(simd), blas, memoryLimit };
}

async function planThreads(
  threads: number | "auto",
): Promise<Pick<CpuBackendPlan, "threads" | "threadsNote">> {
  if (threads !== "auto" && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
    throw new CpuOptionError(`createCpuBackend: threads is "auto" or 1 to ${MAX_THREADS} (got ${threads})`);
  }
  if (!hasSharedMemory()) {
    if (threads !== "auto" && threads > 1) {
      throw new CpuOptionError(
        `createCpuBackend: threads need SharedArrayBuffer, which this page lacks: serve it with COOP and COEP headers (got ${threads})`,
      );
    }
    return {
      threads: 1,
      threadsNote: "SharedArrayBuffer is unavailable: serve the page with COOP and COEP headers for more",
    };
  }
  if (threads !== "auto") return { threads, threadsNote: "as asked for" };
  return { threads: Math.min(MAX_THREADS, await processors()), threadsNote: "one per processor" };
}

function planSimd(simd: "auto" | SimdLevel): Pick<CpuBackendPlan, "simd" | "simdNote"> {
  if (simd !== "auto" && simd !== "relaxed" && simd !== "baseline") {
    throw new CpuOptionError(
      `createCpuBackend: simd is "auto", "relaxed" or "baseline" (got ${String(simd)})`,
    );
  }
  const best = detectSimd();
  if (!best) throw new CpuUnsupportedError("createCpuBackend: this engine has no WebAssembly SIMD");
  if (simd === "relaxed" && best !== "relaxed") {
    throw new CpuOptionError("createCpuBackend: this engine has no relaxed SIMD (got simd: relaxed)");
  }
  if (simd !== "auto") return { simd, simdNote: "as asked for" };
  return {
    simd: best,
    simdNote: best === "relaxed" ? "fused multiply-add" : "the engine lacks relaxed SIMD",
  };
}
