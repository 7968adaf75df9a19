import { GpuUnavailableError } from "../errors.ts";
import { chooseFeatures, type FeatureWishes, type GpuFeature, gpuFeatures } from "./features.ts";

/** One shape of product that a subgroup computes at once: `[m, k] x [k, n]`. */
export interface SubgroupMatrix {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** WGSL types of the factors and of the result. */
  readonly factor: string;
  readonly result: string;
}

/** What the kernels may count on. */
export interface DeviceFacts {
  readonly adapter: string;
  readonly software: boolean;
  /** What may be used. */
  readonly features: ReadonlySet<GpuFeature>;
  /** Why not the others. */
  readonly reasons: ReadonlyMap<GpuFeature, string>;
  /** Invocations of a subgroup, at least and at most; 1 and 1 without the feature. */
  readonly subgroupSize: readonly [least: number, most: number];
  /** Empty without the feature. */
  readonly subgroupMatrices: readonly SubgroupMatrix[];
  /** Copied: a look at the device's own is a call into WebGPU. */
  readonly limits: DeviceLimits;
}

/** Limits that a device does not get unless they are asked for. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/** What kernels ask of a device's limits. */
export type DeviceLimits = Pick<GPUSupportedLimits, (typeof wantedLimits)[number]>;

function limitsOf({ limits }: GPUDevice): DeviceLimits {
  return {
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
  };
}

/**
 * An adapter's device with all that the adapter has of what the kernels can use.
 *
 * @throws GpuUnavailableError where there is no adapter
 */
export async function requestDevice(
  gpu: GPU,
  powerPreference: GPUPowerPreference | undefined,
  wishes: FeatureWishes,
): Promise<{ device: GPUDevice; facts: DeviceFacts }> {
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new GpuUnavailableError(
      "createGpuBackend: WebGPU is here but finds no adapter (no GPU, no driver, or one that it refuses); " +
        "in Chromium without a GPU, start it with --enable-unsafe-webgpu for a software adapter",
    );
  }
  const { chosen, reasons } = chooseFeatures(adapter.features, wishes);
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = chosen as readonly string[] as GPUFeatureName[]; // experimental names have no type
  const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  return { device, facts: factsOf(device, adapter.info, new Set(chosen), reasons) };
}

/** The facts of a device that somebody else made. */
export function factsOfGiven(device: GPUDevice, wishes: FeatureWishes): DeviceFacts {
  const { chosen, reasons } = chooseFeatures(device.features, {
    ...wishes,
    experimental: new Set(gpuFeatures),
  });
  return factsOf(device, device.adapterInfo, new Set(chosen), reasons);
}

/** What Chromium and Dawn add to the adapter's facts. */
interface SubgroupMatrixConfig {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly componentType: string;
  readonly resultComponentType: string;
}

function factsOf(
  device: GPUDevice,
  info: GPUAdapterInfo & { readonly subgroupMatrixConfigs?: Iterable<SubgroupMatrixConfig> },
  features: ReadonlySet<GpuFeature>,
  reasons: ReadonlyMap<GpuFeature, string>,
): DeviceFacts {
  const name = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(" ");
  const matrices = features.has("chromium-experimental-subgroup-matrix")
    ? [...(info.subgroupMatrixConfigs ?? [])]
    : [];
  return {
    adapter: name === "" ? "unnamed" : name,
    software: info.isFallbackAdapter ?? false,
    features,
    reasons,
    subgroupSize: features.has("subgroups")
      ? [info.subgroupMinSize ?? 4, info.subgroupMaxSize ?? 128]
      : [1, 1],
    subgroupMatrices: matrices.map(({ M, N, K, componentType, resultComponentType }) => ({
      m: M,
      n: N,
      k: K,
      factor: componentType,
      result: resultComponentType,
    })),
    limits: limitsOf(device),
  };
}
