import type { View } from "@saccade/core/backend";
import { beforeEach, expect, test } from "vitest";
import type { ResidentBuffer } from "../device/buffers.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import type { Launch } from "./launch.ts";
import type { Recorder } from "./recorder.ts";
import { GENERATION, Replays } from "./replay.ts";

/** What was done, in words; buffers by their handles. */
const done: string[] = [];
let live: Set<number>;
let recorder: Recorder | undefined;

const buffers = {
  alloc: (bytes: number): number => {
    const handle = 100 + live.size;
    live.add(handle);
    done.push(`take ${bytes}`);
    return handle;
  },
  free: (handle: number): void => {
    if (!live.delete(handle)) throw new RangeError(`free: no such buffer (${handle})`);
    done.push("give");
  },
  get: (handle: number): ResidentBuffer => ({ id: handle, buffer: {} as GPUBuffer, size: 4, offset: 0 }),
};
const launcher = {
  isNoting: false,
  buffers,
  record(to: Recorder, kernel: () => void): void {
    recorder = to;
    kernel();
    recorder = undefined;
  },
  relaunch({ key }: Launch, bound: readonly ResidentBuffer[]): void {
    if (key === "broken") throw new Error("broken");
    done.push(`${key} ${bound.map(({ id }) => id).join()}`);
  },
};

const view = (buffer: number, ...shape: number[]): View => ({
  ...{ buffer, dtype: "f32", shape, strides: shape.map(() => 1), offset: 0 },
});

/** As a kernel launches it for the first time. */
function launch(key: string, reads: readonly View[], writes: readonly View[]): void {
  const call: Launch = {
    key,
    reads,
    writes,
    uniforms: new Uniforms(),
    source: () => "",
    workgroups: [1, 1, 1],
  };
  recorder?.launched(call);
  done.push(`asked ${key}`);
}

function scratch(bytes: number, use: (handle: number) => void): void {
  const handle = buffers.alloc(bytes);
  recorder?.took(bytes, handle);
  use(handle);
  buffers.free(handle);
  recorder?.gave(handle);
}

beforeEach(() => {
  live = new Set();
  launcher.isNoting = false;
  done.length = 0;
});

/** What `run` did. */
function doing(run: () => void): readonly string[] {
  done.length = 0;
  run();
  return [...done];
}

test("a call in other buffers binds these, and takes memory as the first one did", () => {
  const kernel = new Replays(launcher).of(([a]: [View, null, View], [out]: [View], _: object) => {
    scratch(8, (first) => launch("one", [a], [view(first, 2)]));
    scratch(16, (second) => {
      launch("two", [a, view(second, 4)], [out]);
    });
  });
  const call = (a: number, b: number, out: number) => () =>
    kernel([view(a, 3), null, view(b, 3)], [view(out, 3)], {});
  expect(doing(call(1, 2, 3))).toEqual(["take 8", "asked one", "give", "take 16", "asked two", "give"]);
  expect(doing(call(4, 5, 6))).toEqual(["take 8", "one 4,100", "give", "take 16", "two 4,100,6", "give"]);
  expect(live.size).toBe(0);
});

test("other shapes, attributes, kernels and shared buffers are asked for, and so is what is noted", () => {
  const replays = new Replays(launcher);
  const make = (key: string) =>
    replays.of(([a, b]: [View, View], [out]: [View], _: object) => launch(key, [a, b], [out]));
  const [kernel, other] = [make("k"), make("l")];
  const call = (a: View, b: View, attrs: object = {}, run = kernel) =>
    doing(() => run([a, b], [view(9, 2)], attrs));
  expect(call(view(1, 2), view(2, 2))).toEqual(["asked k"]);
  expect(call(view(3, 2), view(4, 2))).toEqual(["k 3,4,9"]);
  expect(call(view(1, 2), view(1, 2))).toEqual(["asked k"]);
  expect(call(view(5, 2), view(5, 2))).toEqual(["k 5,5,9"]);
  expect(call(view(1, 3), view(2, 2))).toEqual(["asked k"]);
  expect(call(view(1, 2), view(2, 2), { eps: 1 })).toEqual(["asked k"]);
  expect(call(view(1, 2), view(2, 2), { mods: {} })).toEqual(["asked k"]);
  expect(call(view(1, 2), view(2, 2), { mods: {} })).toEqual(["asked k"]);
  expect(call(view(1, 2), view(2, 2), {}, other)).toEqual(["asked l"]);
  launcher.isNoting = true;
  expect(call(view(3, 2), view(4, 2))).toEqual(["asked k"]);
});

test("calls that nobody makes any more are let go, those that come again stay", () => {
  const kernel = new Replays(launcher).of((_: [], [out]: [View], __: object) => launch("k", [], [out]));
  const call = (length: number) => doing(() => kernel([], [view(1, length)], {}));
  call(0);
  call(1);
  for (let length = 2; length < 3 * GENERATION; length++) {
    call(length);
    if (length % 500 === 0) expect(call(0)).toEqual(["k 1"]);
  }
  expect(call(0)).toEqual(["k 1"]);
  expect(call(1)).toEqual(["asked k"]);
});

test("what is kept of a call does not depend on its operands any more", () => {
  const seen: View[] = [];
  const kernel = new Replays(launcher).of(([a]: [View], [out]: [View], _: object) => {
    seen.push(a, out);
    launch("k", [a], [out]);
  });
  const mortal = (buffer: number) => {
    let alive = true;
    const own = { ...view(2, 2), die: () => (alive = false) };
    const get = (): number => {
      if (!alive) throw new Error("used after its memory was given back");
      return buffer;
    };
    return Object.defineProperty(own, "buffer", { get });
  };
  const operands = [mortal(1), mortal(2)] as const;
  kernel([operands[0]], [operands[1]], {});
  for (const each of operands) each.die();
  expect(seen.map(({ buffer }) => buffer)).toEqual([1, 2]);
});

test("memory is given back where a launch fails", () => {
  const kernel = new Replays(launcher).of((_: [], [out]: [View], __: object) => {
    scratch(8, (handle) => launch("broken", [view(handle, 2)], [out]));
  });
  kernel([], [view(1, 2)], {});
  expect(() => kernel([], [view(1, 2)], {})).toThrow("broken");
  expect(live.size).toBe(0);
});

test("a kernel that uses what its call does not have is told", () => {
  const kernel = new Replays(launcher).of((_: [], [out]: [View], __: object) =>
    launch("k", [view(7, 1)], [out]),
  );
  expect(() => kernel([], [view(1, 2)], {})).toThrow(
    "a kernel uses a buffer that its call does not have (7)",
  );
});
