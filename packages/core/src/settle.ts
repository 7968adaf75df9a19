import type { Backend } from "./backend.ts";
import { getBackend } from "./default-backend.ts";

/**
 * Waits until the backend is not far behind. Calls on a GPU are only queued; reading a number waits for it. A loop that
 * reads nothing for thousands of steps queues all of them, with the memory that this takes, unless it awaits this in each.
 * Mostly it is fulfilled at once, and several steps stay queued, so that the device does not wait for the loop.
 *
 * On backends whose calls are finished when they return, it does nothing.
 *
 * @param backend  default: that of new tensors
 * @example
 * const x = ones([2, 2]);
 * for (let step = 0; step < 3; step++) {
 *   tidy(() => void x.mul(2).sum());
 *   await settle();
 * }
 */
export async function settle(backend: Backend = getBackend()): Promise<void> {
  await backend.settle?.();
}
