/** A kernel that is not written yet. */
export function missing(name: string): () => never {
  return () => {
    throw new Error(`${name}: the CPU backend has no such kernel yet`);
  };
}
