/**
 * Size classes of the allocator: multiples of 64 bytes up to 1 KiB, then eight classes per doubling, so that a
 * block is at most one eighth larger than what was asked for.
 */

export const ALIGNMENT = 64;

/** The class of a request: classes 1 to 15 are exact, then `class = 8 * shift + mantissa`, mantissa 8 to 15. */
export function classOf(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / ALIGNMENT));
  const shift = Math.max(0, 31 - Math.clz32(units) - 3);
  return 8 * shift + Math.ceil(units / 2 ** shift);
}

/** Bytes of a block of that class. */
export function classBytes(sizeClass: number): number {
  const shift = sizeClass < 16 ? 0 : (sizeClass >> 3) - 1;
  return (sizeClass - 8 * shift) * 2 ** shift * ALIGNMENT;
}

/** Classes are below this number (requests are below 4 GiB). */
export const CLASS_COUNT = classOf(2 ** 32) + 1;
