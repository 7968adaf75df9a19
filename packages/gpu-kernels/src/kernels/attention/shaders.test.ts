import type { AttentionBackwardAttrs, DType, View } from "@saccade/core/backend";
import { describe, expect, test } from "vitest";
import { create } from "webgpu";
import type { DeviceFacts } from "../../adapter/request-device.ts";
import type { Shader } from "../../device/pipelines.ts";
import { Launcher } from "../launch.ts";
import { attentionBackward } from "./backward.ts";
import { attentionForward } from "./forward.ts";
import { backwardBytes, backwardLayout, forwardBytes, forwardLayout, layoutOf, small } from "./plan.ts";

/** Dawn's instance may not be collected while a device lives. */
const nowhere = create(["backend=null"]);

function factsWith(bytes: number, software = false): DeviceFacts {
  const limits = { maxComputeWorkgroupStorageSize: bytes, maxComputeInvocationsPerWorkgroup: 1024 };
  return { software, limits } as DeviceFacts; // all that plans look at
}

describe("layouts", () => {
  test("fit the shared memory of small and large devices, for all widths", () => {
    for (const bytes of [16384, 32768, 49152]) {
      for (let chunks = 1; chunks <= 8; chunks++) {
        expect(forwardBytes(forwardLayout(factsWith(bytes), chunks))).toBeLessThanOrEqual(bytes);
        expect(backwardBytes(backwardLayout(factsWith(bytes), chunks, false), false)).toBeLessThanOrEqual(
          bytes,
        );
      }
    }
  });

  test("are larger where there is room, and small for drivers in software", () => {
    const size = (facts: DeviceFacts): number => backwardLayout(facts, 2, false).tileRows;
    expect([16384, 32768, 49152].map((bytes) => size(factsWith(bytes)))).toEqual([32, 64, 128]);
    expect(forwardLayout(factsWith(49152, true), 2)).toEqual(layoutOf(small, 2));
  });
});

/** The shaders of forward and backward attention with tiles as a large GPU has them. */
function shadersFor(E: number, dtype: DType, everything: boolean): readonly Shader[] {
  const facts = factsWith(49152);
  const launcher = new Launcher({} as never, {} as never, {} as never, facts); // nothing runs
  const view = (shape: readonly number[], of: DType = dtype): View => ({
    buffer: 0,
    dtype: of,
    shape,
    strides: shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1)),
    offset: everything ? 1 : 0,
  });
  const [B, H, T, S] = [2, 2, 40, 50];
  const [q, k] = [view([B, H, T, E]), view([B, H, S, E])];
  const row = view([B, H, T], "f32");
  const more = everything
    ? ([view([B, H, T, S], "u8"), view([B, H, T, S]), view([H]), view([B, T, 3], "i32")] as const)
    : ([null, null, null, null] as const);
  const attrs: AttentionBackwardAttrs = {
    scale: 1,
    causal: !everything,
    windowLeft: -1,
    windowRight: -1,
    softcap: everything ? 2 : 0,
    dropout: everything ? 0.1 : 0,
    key: [1, 2],
    biasGradient: everything,
    slopesGradient: everything,
  };
  return launcher.note(() => {
    attentionForward(launcher, [q, k, k, ...more, everything ? view([H]) : null], [q, row], attrs);
    const gradients = everything ? [q, k, k, view([B, H, T, S]), row] : [q, k, k];
    attentionBackward(launcher, [q, k, k, ...more, row, row, q], gradients as [View, View, View], attrs);
  });
}

test("shaders with large tiles compile", async () => {
  const adapter = await nowhere.requestAdapter();
  const device = await adapter?.requestDevice({ requiredFeatures: ["shader-f16"] });
  if (!device) throw new Error("no device");
  device.addEventListener("uncapturederror", (event) => event.preventDefault());
  const failures: string[] = [];
  for (const E of [20, 64, 96, 128, 256]) {
    for (const dtype of ["f32", "f16"] as const) {
      for (const everything of [false, true]) {
        for (const { key, source } of shadersFor(E, dtype, everything)) {
          const { messages } = await device.createShaderModule({ code: source() }).getCompilationInfo();
          for (const { type, message } of messages) if (type === "error") failures.push(`${key}: ${message}`);
        }
      }
    }
  }
  device.destroy();
  expect(failures).toEqual([]);
});
