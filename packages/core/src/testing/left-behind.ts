import { LifetimeError } from "../errors.ts";
import { type MemoryReport, memory } from "../memory.ts";
import { currentScope, forEachTensor } from "../scope.ts";
import { newestId, type Tensor } from "../tensor.ts";

/**
 * What a function leaves in memory beside the tensors that it returns, called where no scope is open: nobody could free
 * that. Disposes of what is returned and was not there before.
 *
 * @param fn  may be asynchronous; may return a tensor, arrays and plain records of them, or nothing
 * @returns tensors, buffers and bytes; zeros if nothing is hidden
 * @throws LifetimeError inside a scope, or if a returned tensor is gone already; and what `fn` throws
 * @example
 * const x = ones([2]);
 * await leftBehind(() => x.mean()); // => { tensors: 0, buffers: 0, bytes: 0 }
 * await leftBehind(() => x.mul(2).add(1)); // => { tensors: 1, buffers: 1, bytes: 8 }
 */
export async function leftBehind(fn: () => unknown): Promise<Omit<MemoryReport, "peakBytes">> {
  if (currentScope() !== null) throw new LifetimeError("leftBehind: call it outside of every scope");
  const before = memory();
  const newestBefore = newestId();
  const returned = new Set<Tensor>();
  forEachTensor(await fn(), (tensor) => {
    if (tensor.isDisposed) throw new LifetimeError(`leftBehind: ${tensor.describe()} was returned disposed`);
    if (tensor.id > newestBefore) returned.add(tensor);
  });
  for (const tensor of returned) tensor.dispose();
  const after = memory();
  return {
    tensors: after.tensors - before.tensors,
    buffers: after.buffers - before.buffers,
    bytes: after.bytes - before.bytes,
  };
}
