import type { WasmExports } from "./generated/exports.ts";
import type { WasmMemory } from "./memory/wasm-memory.ts";

/** What every kernel is built on: the memory (with its argument area) and the module's exports. */
export interface Runtime {
  readonly memory: WasmMemory;
  readonly wasm: WasmExports;
}
