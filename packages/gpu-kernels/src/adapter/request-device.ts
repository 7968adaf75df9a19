import { GpuUnavailableError } from "../errors.ts";

/** What the kernels may count on. */
export interface DeviceFacts {
  readonly adapter: string;
  readonly software: boolean;
  readonly features: ReadonlySet<string>;
  readonly limits: GPUSupportedLimits;
}

const wantedFeatures = ["shader-f16", "subgroups", "timestamp-query"] as const;

/** Limits that a device does not get unless they are asked for. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/**
 * An adapter's device with all that the adapter has of what the kernels can use.
 *
 * @throws GpuUnavailableError where there is no adapter
 */
export async function requestDevice(
  gpu: GPU,
  powerPreference: GPUPowerPreference | undefined,
): Promise<{ device: GPUDevice; facts: DeviceFacts }> {
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new GpuUnavailableError(
      "createGpuBackend: WebGPU is here but finds no adapter (no GPU, no driver, or one that it refuses); " +
        "in Chromium without a GPU, start it with --enable-unsafe-webgpu for a software adapter",
    );
  }
  const requiredFeatures = wantedFeatures.filter((name) => adapter.features.has(name));
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  return { device, facts: factsOf(device, adapter.info) };
}

/** The same facts of a device that somebody else made. */
export function factsOf(device: GPUDevice, info: GPUAdapterInfo): DeviceFacts {
  const name = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(" ");
  return {
    adapter: name === "" ? "unnamed" : name,
    software: info.isFallbackAdapter ?? false,
    features: new Set(device.features),
    limits: device.limits,
  };
}
