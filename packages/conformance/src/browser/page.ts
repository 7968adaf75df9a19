/** What runs in the page: each test returns null, or what is wrong. */
import { Key, tensor, valueAndGrad, withBackend } from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend, GpuLostError } from "@saccade/gpu-kernels";
import { Gpt } from "@saccade/transformer";
import { firstFailures, formatReport } from "../runner/report.ts";
import { conform } from "../runner/run-conformance.ts";

/** A few cases of every kernel. */
const smoke = /(\[5,7\]|\[33\]|\[2,3\]|T17 S17 E7|7x17x9|\[5,9\])/;

async function gpuKernels(): Promise<string | null> {
  const backend = await createGpuBackend();
  const report = await conform(backend, { modes: ["test"], filter: smoke, flushesSubnormals: true });
  backend.dispose();
  const failures = firstFailures(report);
  if (failures.length > 0) return failures.join("\n");
  return report.results.length < 100 ? `only ${formatReport(report)}` : null;
}

async function cpuThreads(): Promise<string | null> {
  if (!crossOriginIsolated) return "the page is not cross-origin isolated";
  const backend = await createCpuBackend({ threads: 2 });
  const { threads, simd } = backend.info();
  const report = await conform(backend, {
    modes: ["test"],
    filter: /^(matmul|reduce|softmax|attention): .*(large|5x|T17|7x)/,
  });
  await backend.dispose();
  const failures = firstFailures(report);
  if (failures.length > 0) return failures.join("\n");
  return threads === 2 && String(simd).startsWith("relaxed") ? null : `threads ${threads}, simd ${simd}`;
}

/** Training steps in a worker, on the GPU and on the CPU there: the losses agree. */
async function trainingInWorker(): Promise<string | null> {
  const worker = new Worker("/worker.js", { type: "module" });
  const { gpu, cpu } = await new Promise<{ gpu: number[]; cpu: number[] }>((resolve, reject) => {
    worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.terminate();
  const worst = Math.max(...gpu.map((loss, i) => Math.abs(loss - cpu[i]) / cpu[i]));
  return gpu.length === 10 && worst < 1e-4 ? null : `losses differ by ${worst}: ${gpu} and ${cpu}`;
}

/** What a page may take for the JavaScript of a step that runs for the first time, on a slow machine. */
const LONGEST_MS = 500;

/** While the shaders of a training step are compiled, the page goes on: its timers come when they should. */
async function warmUpIsSmooth(): Promise<string | null> {
  const backend = await createGpuBackend();
  const config = { vocabSize: 65, contextLength: 32, embedDim: 48, numLayers: 2, numHeads: 3, dropout: 0.1 };
  const model = withBackend(backend, () => new Gpt(config, { key: new Key(0) }));
  const optimizer = new AdamW(model.parameters(), { lr: 1e-3 });
  const input = tensor(new Int32Array(64), { shape: [2, 32], backend });
  const step = (): void => {
    const key = new Key(1);
    using result = valueAndGrad(() => model.loss({ input, target: input }, { key }), model.parameters());
    optimizer.step(result.grads);
  };
  const long: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) long.push(Math.round(duration));
  });
  observer.observe({ type: "longtask" });
  let last = performance.now();
  let gap = 0;
  const timer = setInterval(() => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  }, 5);
  const shaders = await backend.warmUp(step);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clearInterval(timer);
  observer.disconnect();
  const compiled = Number(backend.info().pipelines);
  step(); // finds them all
  const missing = Number(backend.info().pipelines) - compiled;
  backend.dispose();
  const worst = Math.max(gap, ...long);
  const smooth = shaders > 20 && missing === 0 && worst < LONGEST_MS;
  const found = `${shaders} shaders, ${missing} missing, longest gap ${Math.round(gap)} ms, long tasks ${long} ms`;
  return smooth ? null : found;
}

/** Waits for `crash` to be called from outside; then a read has to throw, not hang. */
async function deviceLoss(): Promise<string | null> {
  const backend = await createGpuBackend();
  const x = tensor([1, 2, 3], { backend });
  await x.data();
  await (globalThis as unknown as { crashGpu: () => Promise<void> }).crashGpu();
  try {
    for (let i = 0; i < 50; i++) {
      await x.data();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } catch (error) {
    return error instanceof GpuLostError ? null : String(error);
  }
  return "nothing was thrown";
}

Object.assign(globalThis, {
  saccadeTests: { gpuKernels, cpuThreads, trainingInWorker, warmUpIsSmooth, deviceLoss },
});
