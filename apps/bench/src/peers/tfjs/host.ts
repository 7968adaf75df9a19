import { dirname } from "node:path";
import { type Host, programOf } from "../host.ts";
import { importPeer, peerVersion, resolvePeer } from "../installed.ts";
import { tfjsPrograms } from "./programs.ts";
import { plain, type Style } from "./style.ts";
import type { Tf } from "./tf.ts";

interface WasmBackend {
  setWasmPaths(folder: string): void;
}

/** TensorFlow.js on one of its backends; both compute on one thread in Node. */
export async function openTfjs(backend: "wasm" | "cpu", style: Style = plain): Promise<Host> {
  const version = peerVersion("@tensorflow/tfjs");
  const tf = await importPeer<Tf>("@tensorflow/tfjs"); // the core alone has no gradients
  if (backend === "wasm") {
    const module = "@tensorflow/tfjs-backend-wasm";
    (await importPeer<WasmBackend>(module)).setWasmPaths(`${dirname(resolvePeer(module))}/`);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend "${backend}"`);
  await tf.ready();
  return {
    version,
    prepare: async (job) => programOf(`tfjs-${backend}`, tfjsPrograms(tf, style), job.work)(job),
    sync: async () => {},
    async peakBytes(call) {
      const before = tf.memory().numBytes;
      const { peakBytes } = await tf.profile(() => void call() as undefined);
      return peakBytes - before;
    },
    close: async () => {},
  };
}
