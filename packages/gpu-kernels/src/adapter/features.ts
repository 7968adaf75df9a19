import { GpuOptionError } from "../errors.ts";

/** What WebGPU calls the features that kernels can do without, and are faster or narrower with. */
export const gpuFeatures = [
  "shader-f16",
  "subgroups",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
] as const;
export type GpuFeature = (typeof gpuFeatures)[number];

/**
 * Features that are asked for only where `experimental` names them. Dawn hides 16-bit floats on NVIDIA's Vulkan driver
 * because of failures in WebGPU's own tests there; subgroup matrices are not yet part of WebGPU, and their WGSL changes.
 */
export const experimentalFeatures = ["shader-f16", "chromium-experimental-subgroup-matrix"] as const;
export type ExperimentalFeature = (typeof experimentalFeatures)[number];

/** Which features to ask for. */
export interface FeatureWishes {
  readonly experimental: ReadonlySet<string>;
  readonly without: ReadonlySet<string>;
}

/** The wishes that the options of `createGpuBackend` say. */
export function featureWishes(
  experimental: boolean | readonly ExperimentalFeature[],
  without: readonly GpuFeature[],
): FeatureWishes {
  const asked = typeof experimental === "boolean" ? (experimental ? experimentalFeatures : []) : experimental;
  refuseUnknown("experimental", asked, experimentalFeatures);
  refuseUnknown("without", without, gpuFeatures);
  const both = asked.filter((name) => without.includes(name));
  if (Array.isArray(experimental) && both.length > 0) {
    throw new GpuOptionError(`createGpuBackend: ${both.join(", ")} is both in experimental and in without`);
  }
  return { experimental: new Set(asked), without: new Set(without) };
}

function refuseUnknown(option: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name)) {
      throw new GpuOptionError(
        `createGpuBackend: ${option} has an unknown feature "${name}" (known: ${known.join(", ")})`,
      );
    }
  }
}

/** What to ask an adapter for, and why not for the rest. */
export function chooseFeatures(
  offered: ReadonlySet<string>,
  { experimental, without }: FeatureWishes,
): { readonly chosen: readonly GpuFeature[]; readonly reasons: ReadonlyMap<GpuFeature, string> } {
  const reasons = new Map<GpuFeature, string>();
  for (const name of gpuFeatures) {
    if (without.has(name)) reasons.set(name, "switched off by `without`");
    else if (name === "chromium-experimental-subgroup-matrix" && !experimental.has(name))
      reasons.set(name, "experimental, and not asked for");
    else if (!offered.has(name)) reasons.set(name, hidden(name, experimental));
  }
  return { chosen: gpuFeatures.filter((name) => !reasons.has(name)), reasons };
}

function hidden(name: GpuFeature, experimental: ReadonlySet<string>): string {
  const behindToggle = name === "shader-f16" && !experimental.has(name);
  return `the adapter offers none${behindToggle ? " (on NVIDIA, Dawn does so only if `experimental` asks)" : ""}`;
}
