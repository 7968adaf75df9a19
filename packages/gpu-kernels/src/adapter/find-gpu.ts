import { GpuUnavailableError } from "../errors.ts";

/** What the npm package `webgpu` exports. */
interface DawnModule {
  readonly create: (flags: string[]) => GPU;
}

/** Dawn's instances crash the process if they are collected while a device lives: they stay here for good. */
const instances = new Map<string, GPU>();

/** What makes Dawn offer a feature that it holds back. */
const toggles: Readonly<Record<string, string>> = {
  "shader-f16": "vulkan_enable_f16_on_nvidia",
  "chromium-experimental-subgroup-matrix": "allow_unsafe_apis",
};

/**
 * The WebGPU entry point: `navigator.gpu` in browsers, the optional package `webgpu` in Node.
 *
 * @param experimental  features that Dawn holds back, and shall offer; browsers offer what they were started with
 * @throws GpuUnavailableError where there is neither
 */
export async function findGpu(experimental: ReadonlySet<string>): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: Navigator };
  if (navigator?.gpu) return navigator.gpu;
  if (typeof process === "undefined") {
    throw new GpuUnavailableError(
      "createGpuBackend: this browser has no WebGPU (navigator.gpu is missing; it needs a secure context, https or localhost)",
    );
  }
  const enabled = [...experimental].map((feature) => toggles[feature]);
  const gpu = await dawn(enabled, [ROUNDED_TIMES]);
  const adapter = await gpu.requestAdapter();
  return adapter?.info.isFallbackAdapter ? dawn(enabled, [ROUNDED_TIMES, UNROLLED_ZEROS]) : gpu;
}

/** Against pages that measure what they should not know: a process may know its own times. */
const ROUNDED_TIMES = "timestamp_quantization";

/**
 * Workgroup memory is cleared by the driver, not by a loop: SwiftShader writes a store for each element into the
 * program, which then takes three times as long to compile.
 */
const UNROLLED_ZEROS = "use_vulkan_zero_initialize_workgroup_memory_extension";

/** Dawn with some of its features switched on and off. */
async function dawn(enabled: readonly string[], disabled: readonly string[]): Promise<GPU> {
  const flags = [`disable-dawn-features=${disabled.join()}`];
  if (enabled.length > 0) flags.push(`enable-dawn-features=${[...enabled].sort().join()}`);
  const name = flags.join(" ");
  const known = instances.get(name);
  if (known) return known;
  const gpu = (await importDawn()).create(flags);
  instances.set(name, gpu);
  return gpu;
}

async function importDawn(): Promise<DawnModule> {
  const name = "webgpu"; // a variable, so that bundlers for browsers leave it alone
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as DawnModule;
  } catch (cause) {
    throw new GpuUnavailableError(
      'createGpuBackend: Node has WebGPU through the package "webgpu"; install it (npm install webgpu@0.6.2)',
      { cause },
    );
  }
}
