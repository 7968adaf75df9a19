import { afterEach, describe, expect, test } from "vitest";
import { create } from "webgpu";
import type { GpuBackend } from "../backend.ts";
import { createGpuBackend, type GpuBackendOptions } from "../create-backend.ts";
import { GpuOptionError } from "../errors.ts";
import { chooseFeatures, featureWishes, type GpuFeature } from "./features.ts";

test("features are asked for where the adapter offers them, and experimental ones where they are named", () => {
  const offered = new Set([
    "shader-f16",
    "subgroups",
    "chromium-experimental-subgroup-matrix",
    "depth-clip-control",
  ]);
  const plain = chooseFeatures(offered, featureWishes(false, []));
  expect(plain.chosen).toEqual(["shader-f16", "subgroups"]);
  expect(Object.fromEntries(plain.reasons)).toEqual({
    "timestamp-query": "the adapter offers none",
    "chromium-experimental-subgroup-matrix": "experimental, and not asked for",
  });
  const all = chooseFeatures(offered, featureWishes(true, ["subgroups"]));
  expect(all.chosen).toEqual(["shader-f16", "chromium-experimental-subgroup-matrix"]);
  expect(all.reasons.get("subgroups")).toBe("switched off by `without`");
  expect([...featureWishes(["shader-f16"], []).experimental]).toEqual(["shader-f16"]);
});

test("unknown names, and one feature that is both asked for and refused, throw", () => {
  const typo = ["f16"] as unknown as GpuFeature[];
  expect(() => featureWishes(false, typo)).toThrow(GpuOptionError);
  expect(() => featureWishes(false, typo)).toThrow(
    /without has an unknown feature "f16" \(known: shader-f16, /,
  );
  expect(() => featureWishes(["shader-f16"], ["shader-f16"])).toThrow(/both in experimental and in without/);
});

describe("on an adapter that only compiles", () => {
  /** Dawn's instance may not be collected while a device lives. */
  const gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
  let backend: GpuBackend | undefined;
  afterEach(() => backend?.dispose());

  async function open(options: GpuBackendOptions): Promise<GpuBackend> {
    backend = await createGpuBackend({ gpu, ...options });
    return backend;
  }

  test("info says what is used, and why not the rest", async () => {
    const opened = await open({ without: ["shader-f16"] });
    expect([...opened.features]).toEqual(["subgroups", "timestamp-query"]);
    expect(opened.info()).toMatchObject({
      f16: "no: switched off by `without`",
      subgroups: "yes, of 4 to 128",
      subgroupMatrices: "no: experimental, and not asked for",
      timestamps: "yes",
    });
  });

  test("experimental features are there when asked for", async () => {
    const { device } = await open({ experimental: true });
    expect(device.features.has("chromium-experimental-subgroup-matrix" as GPUFeatureName)).toBe(true);
  });

  test("a device of somebody else is used with what it has", async () => {
    const adapter = await gpu.requestAdapter();
    const device = await adapter?.requestDevice({ requiredFeatures: ["subgroups"] });
    if (!device) throw new Error("no device");
    const shared = await createGpuBackend({ device, without: ["subgroups"] });
    expect(shared.info()).toMatchObject({
      f16: "no: the adapter offers none",
      subgroups: "no: switched off by `without`",
    });
    shared.dispose();
    await expect(createGpuBackend({ device, experimental: true })).rejects.toThrow(/got both/);
  });
});
