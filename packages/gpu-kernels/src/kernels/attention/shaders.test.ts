import type { AttentionBackwardAttrs, DType, ScoreMods, ScoreStep, View } from "@saccade/core/backend";
import { describe, expect, test } from "vitest";
import { create } from "webgpu";
import type { DeviceFacts } from "../../adapter/request-device.ts";
import type { Shader } from "../../device/pipelines.ts";
import { Launcher } from "../launch.ts";
import { attentionBackward } from "./backward.ts";
import { attentionOfFew } from "./decode.ts";
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

/** Functions of scores: one with a derivative, of every kind of step; and of what is seen. */
const scoreSteps: readonly ScoreStep[] = [
  { op: "score" },
  { op: "head" },
  { op: "place" },
  { op: "key" },
  { op: "sub", a: 2, b: 3 },
  { op: "load", tensor: 0, indices: [1, 4] },
  { op: "tanh", x: 0 },
  { op: "constant", value: Number.NEGATIVE_INFINITY },
  { op: "constant", value: Number.NaN },
  { op: "constant", value: -0 },
  { op: "le", a: 4, b: 9 },
  { op: "where", cond: 10, a: 6, b: 7 },
  { op: "add", a: 11, b: 5 },
  { op: "load", tensor: 2, indices: [] },
  { op: "mul", a: 12, b: 13 },
];
const maskSteps: readonly ScoreStep[] = [
  { op: "batch" },
  { op: "query" },
  { op: "load", tensor: 1, indices: [0, 1] },
  { op: "key" },
  { op: "eq", a: 2, b: 3 },
  { op: "logicalNot", x: 4 },
];
const scoreMod = { steps: scoreSteps, results: [14, 13], key: "score" };
const maskMod = { steps: maskSteps, results: [5], key: "mask" };
const someMods: readonly (ScoreMods | undefined)[] = [
  undefined,
  { score: scoreMod, mask: null },
  { score: null, mask: maskMod },
  { score: scoreMod, mask: maskMod },
];

/** The shaders of forward and backward attention with tiles as a large GPU has them. */
function shadersFor(
  E: number,
  dtype: DType,
  everything: boolean,
  mods: ScoreMods | undefined,
): readonly Shader[] {
  const facts = factsWith(49152);
  const buffers = { get: () => ({}), oversized: 0 }; // nothing runs
  const launcher = new Launcher(buffers as never, {} as never, {} as never, facts);
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
    ...(mods && { mods }),
  };
  const blocks = mods?.mask ? view([B, H, 1, 1], "i32") : null;
  const tail = mods ? ([blocks, view([H, S]), view([B, T], "i32"), view([], "f32")] as const) : ([] as const);
  return launcher.note(() => {
    const sinks = everything ? view([H]) : null;
    attentionForward(launcher, [q, k, k, ...more, sinks, ...tail], [q, row], attrs);
    attentionOfFew(launcher, [q, k, k, ...more, sinks, ...tail], [q, row], attrs);
    const gradients = everything ? [q, k, k, view([B, H, T, S]), row] : [q, k, k];
    const inputs = [q, k, k, ...more, row, row, q, ...tail] as const;
    attentionBackward(launcher, inputs, gradients as [View, View, View], attrs);
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
        for (const mods of E === 64 ? someMods : [undefined]) {
          for (const { key, source } of shadersFor(E, dtype, everything, mods)) {
            const { messages } = await device.createShaderModule({ code: source() }).getCompilationInfo();
            for (const { type, message } of messages)
              if (type === "error") failures.push(`${key}: ${message}`);
          }
        }
      }
    }
  }
  device.destroy();
  expect(failures).toEqual([]);
});
