import { type Host, programOf } from "../host.ts";
import { importPeer, peerVersion } from "../installed.ts";
import type { Job } from "../peer.ts";
import { residentPeak } from "../process-memory.ts";
import type { Jax } from "./jax.ts";
import { jaxPrograms } from "./programs.ts";

/** jax-js on WebAssembly. */
export async function openJax({ threads }: Job): Promise<Host> {
  const version = peerVersion("@jax-js/jax");
  // It takes as many workers as this says.
  Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
  const jax = await importPeer<Jax>("@jax-js/jax");
  const devices = await jax.init("wasm");
  if (!devices.includes("wasm")) throw new Error("jax-js has no device wasm here");
  jax.defaultDevice("wasm");
  return {
    version,
    prepare: async (job) => programOf("jax-js", jaxPrograms(jax), job.work)(job),
    sync: async () => {}, // every call waits for itself
    peakBytes: residentPeak,
    close: async () => process.exit(), // its workers would keep the process
  };
}
