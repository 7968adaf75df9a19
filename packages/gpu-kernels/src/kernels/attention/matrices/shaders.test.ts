import type { AttentionBackwardAttrs, DType, View } from "@saccade/core/backend";
import { describe, expect, test } from "vitest";
import { create, globals } from "webgpu";
import type { DeviceFacts } from "../../../adapter/request-device.ts";
import type { Shader } from "../../../device/pipelines.ts";
import { Launcher } from "../../launch.ts";
import { attentionKernels } from "../kernels.ts";
import { backwardMatrixLayout, backwardMemory, forwardMatrixLayout, forwardMemory } from "./layout.ts";

/** Compiles and validates, and computes nothing; it has every feature. */
const nowhere = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
Object.assign(globalThis, globals);

function factsWith(bytes: number): DeviceFacts {
  const limits = {
    maxComputeWorkgroupStorageSize: bytes,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxStorageBuffersPerShaderStage: 10,
  };
  const subgroupMatrices = [{ m: 16, n: 16, k: 16, factor: "f16", result: "f32" }];
  return { software: false, limits, subgroupMatrices, subgroupSize: [32, 32] } as unknown as DeviceFacts; // all that is looked at
}

const attrs: AttentionBackwardAttrs = {
  scale: 1,
  causal: true,
  windowLeft: -1,
  windowRight: -1,
  softcap: 0,
  dropout: 0,
  key: [1, 2],
  biasGradient: false,
  slopesGradient: false,
};

function view(shape: readonly number[], dtype: DType = "f16"): View {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  return { buffer: 0, dtype, shape, strides, offset: 0 };
}

interface Call {
  readonly width: number;
  readonly valueWidth?: number;
  readonly keys?: number;
  readonly everything?: boolean;
}

function viewsOf({ width, valueWidth = width, keys = 50, everything = false }: Call) {
  const [B, H, T] = [2, 2, 40];
  const [q, k, v] = [view([B, H, T, width]), view([B, H, keys, width]), view([B, H, keys, valueWidth])];
  const out = view([B, H, T, valueWidth]);
  const ranges = everything ? view([B, T, 3], "i32") : null;
  const sinks = everything ? view([H]) : null;
  const row = view([B, H, T], "f32");
  const scores = [q, k, v, null, null, null, ranges] as const;
  return { q, k, v, out, row, scores, sinks };
}

/** The shaders of forward and backward attention. */
function shadersFor(call: Call): readonly Shader[] {
  const { q, k, v, out, row, scores, sinks } = viewsOf(call);
  const own = { ...attrs, softcap: call.everything ? 2 : 0 };
  const buffers = { get: () => ({}), oversized: 0 }; // nothing runs
  const launcher = new Launcher(buffers as never, {} as never, {} as never, factsWith(49152));
  const { attention, attentionBackward } = attentionKernels(launcher);
  return launcher.note(() => {
    attention.run([...scores, sinks], [out, row], own);
    attentionBackward.run([...scores, row, row, out], [q, k, v], own);
  });
}

test("shaders compile", async () => {
  const adapter = await nowhere.requestAdapter();
  const features = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"];
  const device = await adapter?.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
  if (!device) throw new Error("no device");
  device.addEventListener("uncapturederror", (event) => event.preventDefault());
  const calls: readonly Call[] = [8, 16, 24, 64, 72, 128].flatMap((width) => [
    { width },
    { width, everything: true },
    { width, keys: 64 },
    { width, valueWidth: 40 },
  ]);
  const failures: string[] = [];
  for (const call of calls) {
    const shaders = shadersFor(call);
    expect(shaders.map(({ key }) => key.includes("matrices"))).toEqual([true, true, true]);
    for (const { key, source } of shaders) {
      const { messages } = await device.createShaderModule({ code: source() }).getCompilationInfo();
      for (const { type, message } of messages) if (type === "error") failures.push(`${key}: ${message}`);
    }
  }
  device.destroy();
  expect(failures).toEqual([]);
});

describe("layouts", () => {
  const layoutsFor = (facts: DeviceFacts, call: Call, change: Partial<AttentionBackwardAttrs> = {}) => {
    const { q, k, v, out, row, scores } = viewsOf(call);
    const own = { ...attrs, ...change };
    return [
      forwardMatrixLayout(facts, scores, out, own),
      backwardMatrixLayout(facts, [...scores, row, row, out], [q, k, v], own),
    ] as const;
  };

  test("fit the shared memory of every device that has matrices", () => {
    for (let width = 8; width <= 128; width += 8) {
      const [forward, backward] = layoutsFor(factsWith(32768), { width });
      if (!forward || !backward) throw new Error(`no layout for width ${width}`);
      expect(16 * forwardMemory(forward).vectors).toBeLessThan(32768 - 512);
      expect(16 * backwardMemory(backward).vectors).toBeLessThanOrEqual(32768 - 512);
    }
  });

  test("are there for halves in whole octets, narrow enough, seen by position, where the device has matrices", () => {
    const none = [undefined, undefined];
    const facts = factsWith(49152);
    expect(layoutsFor(facts, { width: 128 })).not.toContain(undefined);
    expect(layoutsFor(facts, { width: 136 })).toEqual(none);
    expect(layoutsFor(facts, { width: 20 })).toEqual(none);
    expect(layoutsFor(facts, { width: 64 }, { dropout: 0.5 })).toEqual(none);
    expect(layoutsFor({ ...facts, subgroupMatrices: [] }, { width: 64 })).toEqual(none);
    const { q, scores } = viewsOf({ width: 64 });
    const [wide, apart] = [
      { ...q, dtype: "f32" as const },
      { ...q, strides: [1, 1, 8, 64] },
    ];
    for (const odd of [wide, apart, { ...q, offset: 4 }]) {
      expect(
        forwardMatrixLayout(facts, [odd, scores[1], scores[2], ...scores.slice(3)] as never, q, attrs),
      ).toBeUndefined();
    }
    const masked = [...scores.slice(0, 3), view([2, 2, 40, 50], "u8"), null, null, null];
    expect(forwardMatrixLayout(facts, masked as never, q, attrs)).toBeUndefined();
  });
});
