/**
 * SwiftShader, a Vulkan driver in software, and a headless Chromium that has it built in, from a development
 * dependency: WebGPU in Node and in a browser on machines without a GPU.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { unpackOnce } from "./unpack.ts";

export { gpuTests } from "./gpu-tests.ts";
export { type FoundDriver, findLavapipe } from "./lavapipe.ts";

const RTLD_NODELETE = 0x1000;

/**
 * Makes SwiftShader, or the driver that `SACCADE_VULKAN_DRIVER` describes, the Vulkan driver of this process, unless one
 * was chosen by `VK_ICD_FILENAMES` or
 * `VK_DRIVER_FILES`, or the GPU of the machine by `SACCADE_GPU=hardware`. It takes effect only before the package `webgpu`
 * is loaded, and only in the main thread of a process.
 */
export function useSoftwareAdapter(): void {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, SACCADE_GPU, SACCADE_VULKAN_DRIVER } = process.env;
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || SACCADE_GPU === "hardware" || process.platform !== "linux")
    return;
  const folder = unpackOnce("swiftshader", ["swiftshader"]);
  process.env.VK_ICD_FILENAMES = SACCADE_VULKAN_DRIVER || join(folder, "vk_swiftshader_icd.json");
  const flags = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;
  try {
    // It stays loaded under its name, where Dawn finds it.
    process.dlopen({ exports: {} } as NodeModule, join(folder, "libvulkan.so.1"), flags);
  } catch (error) {
    if (!String(error).includes("self-register")) throw error; // it is no addon, as expected
  }
}

/** How a browser is started. */
export interface BrowserProgram {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The system's Chromium, or on Linux (x64) the one of the development dependency; null where there is none. */
export function findChromium(): BrowserProgram | null {
  const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    existsSync,
  );
  if (installed) return { path: installed, environment: {} };
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const folder = unpackOnce("chromium", ["swiftshader", "al2023", "fonts"], ["chromium"]);
  const libraries = [join(folder, "lib"), folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { path: join(folder, "chromium"), environment: { LD_LIBRARY_PATH: libraries } };
}
