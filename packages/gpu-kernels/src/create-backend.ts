import { type ExperimentalFeature, featureWishes, type GpuFeature } from "./adapter/features.ts";
import { findGpu } from "./adapter/find-gpu.ts";
import { factsOfGiven, requestDevice } from "./adapter/request-device.ts";
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
  /**
   * Bytes of a tensor that one shader may be bound to; larger ones are computed in parts. Default: the device's limit.
   * Less is for tests of what other devices do; at least 512.
   */
  readonly bindingLimit?: number;
  /**
   * Counts indices that are out of range, on the device: reading a result then throws a `GpuIndexError` that names the
   * kernel and how many they were. Without it they read NaN (0 for integers), or what they were for is dropped. It costs
   * a dispatch per look-up. Default: off.
   */
  readonly debug?: boolean;
  /**
   * Features that are held back elsewhere, to be used where the adapter has them: `"shader-f16"` (in Node, on NVIDIA's
   * Vulkan driver, where Dawn hides it), `"chromium-experimental-subgroup-matrix"`; `true` is all of them. In browsers
   * the second needs a flag of the browser's. Default: none.
   */
  readonly experimental?: boolean | readonly ExperimentalFeature[];
  /** Features that are not to be used though the adapter has them. Default: none. */
  readonly without?: readonly GpuFeature[];
}

/** Room for a window that begins anywhere. */
const MIN_BINDING_BYTES = 512;

const known = new Set<string>([
  "gpu",
  "powerPreference",
  "device",
  "memoryLimit",
  "bindingLimit",
  "debug",
  "experimental",
  "without",
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
  const unlimited = Number.POSITIVE_INFINITY;
  const { device, powerPreference, memoryLimit = unlimited, bindingLimit = unlimited } = options;
  const limits = { memoryLimit, bindingLimit, debug: options.debug ?? false };
  if (!(memoryLimit > 0)) {
    throw new GpuOptionError(
      `createGpuBackend: memoryLimit is a positive number of bytes (got ${memoryLimit})`,
    );
  }
  if (!(bindingLimit >= MIN_BINDING_BYTES)) {
    throw new GpuOptionError(
      `createGpuBackend: bindingLimit is a number of bytes, at least ${MIN_BINDING_BYTES} (got ${bindingLimit})`,
    );
  }
  const wishes = featureWishes(options.experimental ?? false, options.without ?? []);
  if (device && (options.gpu || powerPreference || options.experimental)) {
    throw new GpuOptionError(
      "createGpuBackend: gpu, powerPreference and experimental choose a device, and device is one (got both)",
    );
  }
  if (device) return new GpuBackend(device, factsOfGiven(device, wishes), limits);
  const gpu = options.gpu ?? (await findGpu(wishes.experimental));
  const made = await requestDevice(gpu, powerPreference, wishes);
  return new GpuBackend(made.device, made.facts, limits);
}
