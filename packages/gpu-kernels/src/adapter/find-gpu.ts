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
  const flags = dawnFlags(experimental);
  const name = flags.join(" ");
  const gpu = instances.get(name) ?? (await importDawn()).create(flags);
  instances.set(name, gpu);
  return gpu;
}

/** Times are rounded to 0.1 ms against pages that measure what they should not know: a process may know its own. */
function dawnFlags(experimental: ReadonlySet<string>): string[] {
  const enabled = [...experimental].map((feature) => toggles[feature]).sort();
  const flags = ["disable-dawn-features=timestamp_quantization"];
  if (enabled.length > 0) flags.push(`enable-dawn-features=${enabled.join()}`);
  return flags;
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
