import type { DeviceFacts, SubgroupMatrix } from "./request-device.ts";

/** What the kernels can use. */
const wanted: SubgroupMatrix = { m: 16, n: 16, k: 16, factor: "f16", result: "f32" };

/**
 * The facts with the shapes of subgroup matrices that a shader compiles with, where the adapter has such matrices and
 * names no shapes (Dawn 0.6.2 on Vulkan).
 */
export async function withProbedMatrices(device: GPUDevice, facts: DeviceFacts): Promise<DeviceFacts> {
  const { features, subgroupMatrices, subgroupSize } = facts;
  const able = features.has("chromium-experimental-subgroup-matrix") && features.has("shader-f16");
  if (!able || subgroupMatrices.length > 0) return facts;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: probe(wanted, subgroupSize[1]) });
  const compiled = device
    .createComputePipelineAsync({ layout: "auto", compute: { module } })
    .then(() => true)
    .catch(() => false);
  const refused = device.popErrorScope();
  const works = (await compiled) && (await refused) === null;
  return works ? { ...facts, subgroupMatrices: [wanted] } : facts;
}

function probe({ m, n, k, factor, result }: SubgroupMatrix, lanes: number): string {
  const load = (kind: string, sizes: string): string =>
    `subgroupMatrixLoad<subgroup_matrix_${kind}<${factor}, ${sizes}>, row_major>(&x, 0u, ${k}u)`;
  return `enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read_write> x: array<${factor}, ${m * k}>;
@group(0) @binding(1) var<storage, read_write> y: array<${result}, ${m * n}>;
@compute @workgroup_size(${lanes})
fn main() {
  var sum: subgroup_matrix_result<${result}, ${n}, ${m}>;
  sum = subgroupMatrixMultiplyAccumulate(${load("left", `${k}, ${m}`)}, ${load("right", `${n}, ${k}`)}, sum);
  subgroupMatrixStore<row_major>(&y, 0u, sum, ${n}u);
}
`;
}
