import type { GpuFeature } from "./features.ts";
import type { DeviceFacts } from "./request-device.ts";

/** What was found and chosen, and why not something better: the device's part of `info()`. */
export function describeDevice(facts: DeviceFacts): Readonly<Record<string, string | number | boolean>> {
  const { adapter, software, features, reasons, subgroupSize, subgroupMatrices, limits } = facts;
  const [least, most] = subgroupSize;
  const say = (feature: GpuFeature, detail = ""): string =>
    features.has(feature) ? `yes${detail}` : `no: ${reasons.get(feature)}`;
  const products = subgroupMatrices.map(
    ({ m, n, k, factor, result }) => `${m}x${n}x${k} ${factor} to ${result}`,
  );
  return {
    adapter,
    software: software ? "yes: correct, and slow" : "no",
    f16: say("shader-f16"),
    subgroups: say("subgroups", least === most ? `, of ${least}` : `, of ${least} to ${most}`),
    subgroupMatrices: say(
      "chromium-experimental-subgroup-matrix",
      `, ${products.join(", ") || "of no shape"}`,
    ),
    timestamps: say("timestamp-query"),
    maxBufferBytes: limits.maxBufferSize,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    workgroupInvocations: limits.maxComputeInvocationsPerWorkgroup,
  };
}
