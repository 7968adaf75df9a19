/**
 * A program that imports one library, multiplies two matrices with it, prints `[milliseconds, check]` and ends: what
 * a cold start is. It runs without the conditions of this workspace: ours is what is published, from `dist`.
 */
import type { Jax } from "../peers/jax/jax.ts";
import type { Ort } from "../peers/onnx/ort.ts";
import type { Tf } from "../peers/tfjs/tf.ts";

const { importPeer, resolvePeer } = await import("../peers/installed.ts");
const { onnxModel } = await import("../peers/onnx/model.ts");
const { meanSquare, patterned } = await import("../works/data.ts");
const size = 64;
const values = patterned(size * size);
const shape = [size, size];

type FirstResult = () => Promise<ArrayLike<number>>;
const libraries: Readonly<Record<string, FirstResult>> = {
  saccade: () => ours("off"),
  "saccade-blas": () => ours("auto"),
  "tfjs-cpu": () => tfjs("cpu"),
  "tfjs-wasm": () => tfjs("wasm"),
  async "jax-js"() {
    const jax = await importPeer<Jax>("@jax-js/jax");
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    const a = jax.numpy.array(values, { shape });
    return jax.numpy.matmul(a.ref, a).data();
  },
  "onnxruntime-node": () => onnx("onnxruntime-node", "cpu"),
  "onnxruntime-web": () => onnx("onnxruntime-web", "wasm"),
};

async function ours(blas: string): Promise<ArrayLike<number>> {
  const { setBackend, tensor } = await import("@saccade/core");
  const { createCpuBackend } = await import("@saccade/cpu-kernels");
  setBackend(await createCpuBackend({ threads: 1, blas }));
  const a = tensor(values, { shape });
  return a.matmul(a).data();
}

async function tfjs(backend: string): Promise<ArrayLike<number>> {
  const tf = await importPeer<Tf>("@tensorflow/tfjs");
  if (backend === "wasm") {
    const module = "@tensorflow/tfjs-backend-wasm";
    const { setWasmPaths } = await importPeer<{ setWasmPaths(folder: string): void }>(module);
    setWasmPaths(resolvePeer(module).replace(/[^/\\]*$/, ""));
  }
  await tf.setBackend(backend);
  await tf.ready();
  const a = tf.tensor(values, shape);
  return tf.matMul(a, a).dataSync();
}

async function onnx(name: string, provider: string): Promise<ArrayLike<number>> {
  const module = await importPeer<Ort & { readonly default?: Ort }>(name);
  const ort = module.InferenceSession ? module : module.default!;
  if (provider === "wasm") ort.env.wasm.numThreads = 1;
  const model = onnxModel({
    nodes: [{ op: "MatMul", inputs: ["a", "a"], outputs: ["y"] }],
    inputs: { a: shape },
    outputs: { y: shape },
  });
  const options = { executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await ort.InferenceSession.create(model, options);
  const { y } = await session.run({ a: new ort.Tensor("float32", values, shape) });
  return y.data;
}

console.log = console.error; // libraries talk
const start = performance.now();
const result = await libraries[process.argv[2]]();
const milliseconds = performance.now() - start;
process.stdout.write(`${JSON.stringify([milliseconds, meanSquare(result)])}\n`, () => process.exit());
