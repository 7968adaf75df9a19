import { type Host, programOf } from "../host.ts";
import { importPeer, peerVersion } from "../installed.ts";
import type { Job } from "../peer.ts";
import { residentPeak } from "../process-memory.ts";
import type { Ort } from "./ort.ts";
import { onnxPrograms } from "./programs.ts";

/** ONNX Runtime: native (`onnxruntime-node`) or in WebAssembly (`onnxruntime-web`). */
export async function openOnnx(
  name: "onnxruntime-node" | "onnxruntime-web",
  { threads }: Job,
): Promise<Host> {
  const version = peerVersion(name);
  const module = await importPeer<Ort & { readonly default?: Ort }>(name);
  const ort = module.InferenceSession ? module : module.default!;
  if (name === "onnxruntime-web") ort.env.wasm.numThreads = threads;
  const provider = name === "onnxruntime-web" ? "wasm" : "cpu";
  const options = { executionProviders: [provider], intraOpNumThreads: threads, interOpNumThreads: 1 };
  return {
    version,
    prepare: async (job) => programOf(name, onnxPrograms(ort, options), job.work)(job),
    sync: async () => {}, // every call waits for itself
    peakBytes: residentPeak,
    close: async () => process.exit(), // its threads would keep the process
  };
}
