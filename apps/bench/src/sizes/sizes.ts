import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleSize } from "../../../../scripts/bundle-size.ts";
import { peersFolder, peerVersion } from "../peers/installed.ts";
import type { Result } from "../result.ts";

const packages = fileURLToPath(new URL("../../../../packages/", import.meta.url));

/** What a page loads of each: code and WebAssembly as it is published, gzipped. Native libraries have no such size. */
const peers: Readonly<Record<string, readonly string[]>> = {
  "tfjs-wasm": [
    "@tensorflow/tfjs-core/dist/tf-core.fesm.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
  ],
  "tfjs-cpu": [
    "@tensorflow/tfjs-core/dist/tf-core.fesm.min.js",
    "@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.fesm.min.js",
  ],
  "onnxruntime-web": [
    "onnxruntime-web/dist/ort.wasm.min.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
  ],
};

/** Bundle sizes of ours (tensors, attention and the cpu backend) and of the peers that are asked for. */
export async function measureSizes(names: readonly string[]): Promise<Result[]> {
  const results = [await resultOf("saccade", ourSize)];
  for (const name of names) {
    if (name === "jax-js") results.push(await resultOf(name, jaxSize, "@jax-js/jax"));
    const files = peers[name];
    if (files) results.push(await resultOf(name, async () => gzipped(files), packageOf(files[0])));
  }
  return results;
}

async function resultOf(peer: string, size: () => Promise<number>, from?: string): Promise<Result> {
  const head = { work: "size", config: "gzipped, for a page", peer, threads: 1, unit: "kB" };
  const nothing = { median_ms: null, min_ms: null, spread: null, peak_bytes: null, read_bytes: null };
  try {
    const version = from === undefined ? "" : peerVersion(from);
    return { ...head, ...nothing, version, rate: await size(), error: null };
  } catch (error) {
    return { ...head, ...nothing, version: "", rate: null, error: (error as Error).message.split("\n")[0] };
  }
}

async function ourSize(): Promise<number> {
  let total = 0;
  for (const name of ["core", "attention", "cpu-kernels"]) {
    const entry = join(packages, name, "dist", "index.js");
    if (!existsSync(entry)) throw new Error(`packages/${name} is not built: npm run build`);
    const { atOnce, onDemand } = await bundleSize(entry);
    total += atOnce + onDemand;
  }
  return total;
}

/** It is published unminified. */
async function jaxSize(): Promise<number> {
  const { atOnce } = await bundleSize(join(peersFolder, "node_modules/@jax-js/jax/dist/index.js"));
  return atOnce;
}

function gzipped(files: readonly string[]): number {
  peerVersion(packageOf(files[0])); // throws where it is not installed
  const bytes = files.map((file) =>
    gzipSync(readFileSync(join(peersFolder, "node_modules", file)), { level: 9 }),
  );
  return bytes.reduce((sum, { length }) => sum + length / 1000, 0);
}

function packageOf(file: string): string {
  const [first, second] = file.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
