/**
 * The fixed areas at the bottom of the memory. JavaScript reads these numbers from the module's exported globals;
 * nothing else states them.
 *
 *   0         nothing lives here: address 0 means "absent"
 *   1 KiB     static data of the AssemblyScript sources (tables; read-only, every thread writes the same bytes)
 *   64 KiB    CONTROL: the job that the pool is working on, one cache line per contended word
 *   68 KiB    ARGS: arguments of the running kernel, written by the caller, read by every thread
 *   124 KiB   SHARES: the tiles left to each thread, one cache line apiece
 *   128 KiB   WORKSPACE: shared by the threads during one kernel (packed operands, partial sums)
 *   +         SCRATCH: private to each thread, SCRATCH_BYTES apiece (packing buffers, attention tiles)
 *   +         the heap: tensors
 */
export const CONTROL: usize = 0x1_0000;
export const ARGS: usize = 0x1_1000;
export const ARGS_BYTES: usize = 0xE000;
export const SHARES: usize = 0x1_F000;
export const WORKSPACE: usize = 0x2_0000;
export const WORKSPACE_BYTES: usize = 0x40_0000;
export const SCRATCH: usize = WORKSPACE + WORKSPACE_BYTES;
export const SCRATCH_BYTES: usize = 0x10_0000;

/** This thread's private scratch. */
// @ts-ignore: decorator
@inline
export function scratch(thread: i32): usize {
  return SCRATCH + <usize>thread * SCRATCH_BYTES;
}
