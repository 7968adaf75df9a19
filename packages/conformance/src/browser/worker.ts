import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { losses } from "../training/counting-gpt.ts";

try {
  const gpuBackend = await createGpuBackend();
  const gpu = await losses(gpuBackend, 10);
  gpuBackend.dispose();
  const cpuBackend = await createCpuBackend({ threads: 1 });
  const cpu = await losses(cpuBackend, 10);
  await cpuBackend.dispose();
  postMessage({ gpu, cpu });
} catch (error) {
  postMessage({ error: String(error) });
}
