/** The embedded binaries: base64, gzip, and one byte that says whether the imported memory is shared. */
import type { SimdLevel } from "./detect.ts";

/** The module of that SIMD level, compiled for a shared or an ordinary memory. */
export async function compileModule(level: SimdLevel, shared: boolean): Promise<WebAssembly.Module> {
  const { binary } = await (level === "relaxed"
    ? import("../generated/relaxed.ts")
    : import("../generated/baseline.ts"));
  const bytes = await gunzip(Uint8Array.from(atob(binary), (character) => character.charCodeAt(0)));
  return WebAssembly.compile(shared ? bytes : withOrdinaryMemory(bytes));
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The import `env.memory`, kind memory, limits "shared with a maximum" (3). */
const sharedImport = [3, ...ascii("env"), 6, ...ascii("memory"), 2, 3];

/**
 * Turns "shared with a maximum" into "with a maximum": atomic instructions are valid on an ordinary memory too, and
 * with one thread nobody waits, so one binary serves both.
 */
function withOrdinaryMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const patched = bytes.slice();
  const at = patched.findIndex((_, i) => sharedImport.every((byte, j) => patched[i + j] === byte));
  patched[at + sharedImport.length - 1] = 1;
  return patched;
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
