import type { Backend } from "./backend.ts";
import { ArgumentError } from "./errors.ts";
import { createReferenceBackend } from "./reference/reference-backend.ts";

let current: Backend | null = null;

/**
 * Makes `backend` the one on which new tensors are created. Existing tensors stay where they are.
 *
 * @example setBackend(createReferenceBackend());
 */
export function setBackend(backend: Backend): void {
  current = backend;
}

/** The backend of new tensors: what `setBackend` was given, or else a reference backend. */
export function getBackend(): Backend {
  current ??= createReferenceBackend();
  return current;
}

/** Runs `fn` with `backend` as the one of new tensors. */
export function withBackend<T>(backend: Backend, fn: () => T): T {
  const before = current;
  current = backend;
  try {
    const result = fn();
    if (result instanceof Promise)
      throw new ArgumentError("withBackend: the function is asynchronous; use setBackend");
    return result;
  } finally {
    current = before;
  }
}
