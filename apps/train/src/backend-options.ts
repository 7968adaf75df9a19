import { type Backend, setBackend } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend, GpuUnavailableError } from "@saccade/gpu-kernels";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import { UsageError } from "./errors.ts";
import type { Precision } from "./trainer/training-task.ts";

/** Which backend a command computes on, as its options say it. */
export interface BackendOptions {
  readonly backend: string;
  readonly threads?: number;
  readonly blas: string;
  readonly adapter?: string;
  readonly experimental?: boolean;
}

/**
 * Opens the backend that the options name, and makes it the default one.
 *
 * @throws UsageError where it cannot compute with `dtype`
 */
export async function openBackend(options: BackendOptions, dtype: Precision = "f32"): Promise<Backend> {
  const backend = await create(options);
  if (!backend.dtypes.has(dtype)) {
    await backend.dispose();
    const choice = options.backend === "gpu" ? "this adapter has no shader-f16" : "try --backend gpu";
    throw new UsageError(`--dtype ${dtype}: the ${backend.name} backend has no ${dtype} (${choice})`);
  }
  setBackend(backend);
  return backend;
}

async function create(options: BackendOptions): Promise<Backend> {
  const { backend, threads, blas, adapter, experimental = false } = options;
  if (adapter !== undefined && backend !== "gpu") {
    throw new UsageError(`--adapter is for --backend gpu (got ${backend})`);
  }
  if (experimental && backend !== "gpu") {
    throw new UsageError(`--experimental is for --backend gpu (got ${backend})`);
  }
  if (threads !== undefined && backend !== "cpu") {
    throw new UsageError(`--threads is for --backend cpu (got ${backend})`);
  }
  switch (backend) {
    case "cpu":
      return createCpuBackend({ threads: threads ?? "auto", blas });
    case "gpu":
      return openGpu(adapter === "software", experimental);
    case "reference":
      return createReferenceBackend();
    default:
      throw new UsageError(`unknown backend "${backend}" (known: cpu, gpu, reference)`);
  }
}

async function openGpu(software: boolean, experimental: boolean): Promise<Backend> {
  if (software) useSoftwareAdapter();
  try {
    return await createGpuBackend({ experimental });
  } catch (error) {
    if (!(error instanceof GpuUnavailableError) || software) throw error;
    throw new UsageError(`${error.message}; --adapter software computes without a GPU, slowly`);
  }
}

/** What the backend chose, on one line; `saccade info` has the reasons. */
export function describeBackend(backend: Backend): string {
  const info = backend.info();
  const facts = ["simd", "threads", "blas", "adapter"]
    .filter((fact) => fact in info)
    .map((fact) => `${fact} ${info[fact]}`);
  return [backend.name, ...facts].join(", ");
}
