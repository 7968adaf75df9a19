import type { Module } from "@saccade/core/nn";

/** One call of a module, which has not been made yet. */
export interface ModuleCall {
  readonly module: Module;
  readonly path: string;
  readonly inputs: readonly unknown[];
  /** Makes the call. */
  run(): unknown;
}

/** Stands in the place of a module's call: what it returns is what the call gives. */
export type ModuleHook = (call: ModuleCall) => unknown;

/** What a module computes by. */
const methods = ["forward", "cross"] as const;

/**
 * Runs `body`, which ends with this call, with a hook in the place of every call of the modules. A module has the hook as
 * a method of its own meanwhile: classes are not touched, and where nobody looks nothing is spent. Calls of a module
 * that it makes while it is called itself are part of that call.
 */
export function withModuleHook<T>(
  modules: Iterable<readonly [Module, string]>,
  hook: ModuleHook,
  body: () => T,
): T {
  const restore: (() => void)[] = [];
  try {
    for (const [module, path] of modules) {
      const running = { now: false };
      for (const name of methods) restore.push(hookMethod(module, path, name, hook, running));
    }
    return body();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

function hookMethod(
  module: Module,
  path: string,
  name: string,
  hook: ModuleHook,
  running: { now: boolean },
): () => void {
  const method: unknown = Reflect.get(module, name);
  if (typeof method !== "function") return () => {};
  const own = Object.getOwnPropertyDescriptor(module, name);
  const hooked = (...inputs: unknown[]): unknown => {
    const run = (): unknown => Reflect.apply(method, module, inputs);
    if (running.now) return run();
    running.now = true;
    try {
      return hook({ module, path, inputs, run });
    } finally {
      running.now = false;
    }
  };
  // Not enumerable: what walks the fields of a module does not see it.
  Object.defineProperty(module, name, {
    value: hooked,
    configurable: true,
    enumerable: false,
    writable: true,
  });
  return () => {
    if (own) Object.defineProperty(module, name, own);
    else Reflect.deleteProperty(module, name);
  };
}
