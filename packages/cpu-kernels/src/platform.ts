/** Where we run. */

export const isNode = typeof process !== "undefined" && typeof process.versions?.node === "string";

/** `new WebAssembly.Memory({ shared })` gives something that workers can see. */
export function hasSharedMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

/** Blocking is forbidden on a page's main thread, allowed in workers and Node. */
export const mayBlock = isNode || typeof document === "undefined";

/** Logical processors. */
export async function processors(): Promise<number> {
  if (isNode) return (await nodeModule<typeof import("node:os")>("node:os")).availableParallelism();
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** A module of Node's own, by a name that bundlers for browsers do not follow. */
export function nodeModule<T>(name: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<T>;
}
