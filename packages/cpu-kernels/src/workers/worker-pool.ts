/**
 * Workers that live inside the WASM module: each instantiates it on the shared memory, calls `workerLoop`, and stays
 * there until `stopWorkers`. They never keep the process alive.
 */
import type { BlasSource } from "../blas/find-blas.ts";
import { isNode, nodeModule } from "../platform.ts";
import { browserWorkerSource, nodeWorkerSource } from "./worker-source.ts";

export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** 1 and up; 0 is the caller. */
  readonly thread: number;
  /** The BLAS that the caller found. */
  readonly blas?: BlasSource | undefined;
}

export interface WorkerHandle {
  /** Resolves when the worker has ended. */
  stop(): Promise<void>;
}

/** Starts a worker; resolves once it takes part in jobs. */
export function startWorker(data: WorkerData): Promise<WorkerHandle> {
  return isNode ? startNodeWorker(data) : startBrowserWorker(data);
}

async function startNodeWorker(data: WorkerData): Promise<WorkerHandle> {
  const { Worker } = await nodeModule<typeof import("node:worker_threads")>("node:worker_threads");
  const worker = new Worker(nodeWorkerSource, {
    eval: true,
    workerData: data,
    name: `saccade-${data.thread}`,
    execArgv: [],
  });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  worker.unref();
  return { stop: async () => void (await worker.terminate()) };
}

async function startBrowserWorker(data: WorkerData): Promise<WorkerHandle> {
  const url = URL.createObjectURL(new Blob([browserWorkerSource], { type: "text/javascript" }));
  const worker = new Worker(url, { name: `saccade-${data.thread}` });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => reject(new Error(`worker ${data.thread}: ${event.message}`));
      worker.postMessage(data);
    });
  } finally {
    URL.revokeObjectURL(url);
  }
  return { stop: async () => worker.terminate() };
}
