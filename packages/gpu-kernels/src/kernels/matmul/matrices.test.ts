import { expect, test } from "vitest";
import { create, globals } from "webgpu";
import { featureWishes } from "../../adapter/features.ts";
import { requestDevice } from "../../adapter/request-device.ts";
import { GpuBackend } from "../../backend.ts";

/** Compiles and validates, and computes nothing; it has every feature. */
const nowhere = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
Object.assign(globalThis, globals);

/** What the adapter says against the shaders of a product and of a linear layer, but that it lacks shared memory. */
async function complaints(
  [m, n, k]: readonly [m: number, n: number, k: number],
  turnA: boolean,
  turnB: boolean,
): Promise<string[]> {
  const { device, facts } = await requestDevice(nowhere, undefined, featureWishes(true, []));
  const limits = { ...device.limits, maxComputeWorkgroupStorageSize: 32768 };
  const subgroupMatrices = [{ m: 16, n: 16, k: 16, factor: "f16", result: "f32" }];
  const able = { ...facts, subgroupMatrices, subgroupSize: [32, 32], limits } as const;
  const backend = new GpuBackend(device, able, {
    memoryLimit: Number.POSITIVE_INFINITY,
    bindingLimit: Number.POSITIVE_INFINITY,
  });
  const view = (rows: number, columns: number, turned = false) => ({
    buffer: backend.alloc(2 * rows * columns),
    dtype: "f16" as const,
    shape: [rows, columns],
    strides: turned ? [1, rows] : [columns, 1],
    offset: 0,
  });
  const [a, b] = [view(m, k, turnA), view(k, n, turnB)];
  const weight = { ...b, shape: [n, k], strides: [b.strides[1], b.strides[0]] };
  const bias = { ...view(1, n), shape: [n], strides: [1] };
  const calls = [
    () => backend.kernels.matmul([a, b], [view(m, n)], {}),
    () => backend.fused.linear?.run([a, weight, bias], [view(m, n), view(m, n)], { activation: "gelu" }),
  ];
  const found: string[] = [];
  for (const call of calls) {
    device.pushErrorScope("validation");
    call();
    const error = await device.popErrorScope();
    if (error && !error.message.includes("total use of workgroup storage")) found.push(error.message);
  }
  backend.dispose();
  return found;
}

test.each([
  [[128, 128, 64], false, false],
  [[2048, 2048, 32], true, false],
  [[2040, 2056, 40], false, true],
  [[72, 80, 640], true, true],
] as const)("products of halves compile for subgroup matrices: %o, %o, %o", async (sizes, turnA, turnB) => {
  expect(await complaints(sizes, turnA, turnB)).toEqual([]);
});
