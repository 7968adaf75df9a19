import { type Backend, bytesPerElement, type KernelName, type View } from "@saccade/core/backend";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyCase, InputSpec, OutputSpec } from "../cases/case.ts";
import { kernelCases } from "../cases/index.ts";
import { declines, isRequired, kernelOf, type LooseKernel } from "../runner/kernels.ts";
import { lackingDtype } from "../runner/run-kernel-case.ts";
import { place } from "../values/place.ts";
import { recordingDevice } from "./recording-device.ts";

const { device, dispatched, written } = recordingDevice();
let backend: Backend;

beforeAll(async () => {
  backend = await createGpuBackend({ device });
});
afterAll(() => backend.dispose());

/** Kernels that are asked at every call. */
const asked: readonly KernelName[] = [
  ...(["random", "dropout", "adamwStep"] as const),
  ...(["lstmSequence", "gruSequence", "rnnSequence"] as const),
  ...(["lstmSequenceBackward", "gruSequenceBackward", "rnnSequenceBackward"] as const),
];

/** Memory that no other operand has, and the device's own object for it. */
function operand(spec: InputSpec | OutputSpec): { readonly view: View; readonly buffer: object } {
  const { dtype, shape, layout } = spec;
  const { length, strides, offset } = place(shape, layout, 0);
  const handle = backend.alloc(length * bytesPerElement[dtype]);
  backend.write(handle, new Uint8Array(4));
  return { view: { buffer: handle, dtype, shape, strides, offset }, buffer: written() };
}

/** What a call on new buffers has the device do, and how often its operands were asked for their shapes. */
function call(it: AnyCase, kernel: LooseKernel): { readonly commands: object[]; readonly asked: number } {
  const inputs = it.inputs.map((spec) => spec && operand(spec));
  const outputs = it.outputs.map(operand);
  const all = [...inputs, ...outputs].flatMap((one) => one ?? []);
  let asked = 0;
  const watched = ({ view }: { readonly view: View }): View => {
    const { shape } = view;
    const get = (): readonly number[] => {
      asked += 1;
      return shape;
    };
    return Object.defineProperty({ ...view }, "shape", { get });
  };
  const views = inputs.map((one) => one && watched(one));
  const targets = outputs.map(watched);
  backend.flush();
  dispatched();
  kernel(views, targets, it.attrs);
  backend.flush();
  // By their places among the operands; memory of the kernel's own in the order in which it is met.
  const known = all.map(({ buffer }) => buffer);
  const place = (buffer: object): number => {
    if (!known.includes(buffer)) known.push(buffer);
    return known.indexOf(buffer);
  };
  const commands = dispatched().map((one) => ({ ...one, buffers: one.buffers.map(place) }));
  return { commands, asked };
}

describe("calls that differ in their buffers alone have the device do the same", () => {
  test.each(Object.keys(kernelCases) as KernelName[])("%s", (name) => {
    const cases: readonly AnyCase[] = kernelCases[name];
    let launched = 0;
    let replayed = 0;
    for (const it of cases) {
      const kernel = kernelOf(backend, name);
      if (kernel === null || lackingDtype(backend, it)) continue;
      const inputs = it.inputs.map((spec) => spec && operand(spec).view);
      if (!isRequired(name) && declines(backend, name, inputs, it.attrs)) continue;
      const first = call(it, kernel);
      const second = call(it, kernel);
      expect(second.commands, it.name).toEqual(first.commands);
      launched += first.commands.length;
      if (second.asked < first.asked) replayed += 1;
    }
    expect(launched).toBeGreaterThan(0);
    expect(replayed === 0).toBe(asked.includes(name));
  });
});
