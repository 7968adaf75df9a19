import { memory } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";

/** What lives: core's tensors and buffers, and what the backend reports of itself. */
export interface LiveMemory {
  readonly tensors: number;
  readonly buffers: number;
  readonly bytes: number;
  /** `liveBytes` and `liveBuffers` of `backend.info()`; null for a backend that does not report them. */
  readonly backendBytes: number | null;
  readonly backendBuffers: number | null;
}

export function liveMemory(backend: Backend): LiveMemory {
  const { tensors, buffers, bytes } = memory();
  const { liveBytes, liveBuffers } = backend.info();
  return {
    tensors,
    buffers,
    bytes,
    backendBytes: typeof liveBytes === "number" ? liveBytes : null,
    backendBuffers: typeof liveBuffers === "number" ? liveBuffers : null,
  };
}

/** What has grown (or shrunk) since; null if nothing. */
export function memoryChange(before: LiveMemory, after: LiveMemory): string | null {
  const names = Object.keys(before) as (keyof LiveMemory)[];
  const changes = names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name]} -> ${after[name]}`);
  return changes.length === 0 ? null : `memory: ${changes.join(", ")}`;
}
