import { findGpu } from "./adapter/find-gpu.ts";
import { factsOf, requestDevice } from "./adapter/request-device.ts";
import { GpuBackend } from "./backend.ts";
import { GpuOptionError } from "./errors.ts";

/** Options of `createGpuBackend`. */
export interface GpuBackendOptions {
  /** WebGPU's entry point. Default: `navigator.gpu`, in Node the package `webgpu`. */
  readonly gpu?: GPU;
  /** Which of several GPUs. */
  readonly powerPreference?: GPUPowerPreference;
  /** A device to share with other code, instead of one of its own. */
  readonly device?: GPUDevice;
  /** Bytes of buffers that may be held. Default: no limit but the device's. */
  readonly memoryLimit?: number;
}

const known = new Set<string>([
  "gpu",
  "powerPreference",
  "device",
  "memoryLimit",
] satisfies (keyof GpuBackendOptions)[]);

/**
 * Makes a GPU backend on WebGPU: asks for an adapter and for a device with all that the adapter has.
 *
 * @throws GpuOptionError  an option is unknown or malformed
 * @throws GpuUnavailableError  no WebGPU, or no adapter
 * @example setBackend(await createGpuBackend());
 */
export async function createGpuBackend(options: GpuBackendOptions = {}): Promise<GpuBackend> {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw new GpuOptionError(`createGpuBackend: unknown option (${name})`);
  }
  const { device, powerPreference, memoryLimit = Number.POSITIVE_INFINITY } = options;
  if (!(memoryLimit > 0)) {
    throw new GpuOptionError(
      `createGpuBackend: memoryLimit is a positive number of bytes (got ${memoryLimit})`,
    );
  }
  if (device && (options.gpu || powerPreference)) {
    throw new GpuOptionError(
      "createGpuBackend: gpu and powerPreference choose a device, and device is one (got both)",
    );
  }
  if (device) return new GpuBackend(device, factsOf(device, device.adapterInfo), memoryLimit);
  const gpu = options.gpu ?? (await findGpu());
  const made = await requestDevice(gpu, powerPreference);
  return new GpuBackend(made.device, made.facts, memoryLimit);
}
