import { GpuUnavailableError } from "../errors.ts";

/** What the npm package `webgpu` exports. */
interface DawnModule {
  readonly create: (flags: string[]) => GPU;
}

/** Dawn's instance crashes the process if it is collected while a device lives: it stays here for good. */
let dawn: GPU | undefined;

/**
 * The WebGPU entry point: `navigator.gpu` in browsers, the optional package `webgpu` in Node.
 *
 * @throws GpuUnavailableError where there is neither
 */
export async function findGpu(): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: Navigator };
  if (navigator?.gpu) return navigator.gpu;
  if (typeof process === "undefined") {
    throw new GpuUnavailableError(
      "createGpuBackend: this browser has no WebGPU (navigator.gpu is missing; it needs a secure context, https or localhost)",
    );
  }
  dawn ??= (await importDawn()).create([]);
  return dawn;
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
