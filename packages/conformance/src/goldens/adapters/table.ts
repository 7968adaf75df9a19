import type { ModuleAdapter } from "../module-case.ts";

/** Adapters by the `op` of a case. */
export type AdapterTable = Readonly<Record<string, ModuleAdapter>>;
