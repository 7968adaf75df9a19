import { Key, randn, tidy } from "@saccade/core";
import type { View } from "@saccade/core/backend";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { expect, test } from "vitest";
import { countingBackend } from "./count.ts";
import { formatCounts, placeCounts } from "./format.ts";
import { idleDevice } from "./idle-device.ts";
import { kernelCost } from "./kernel-cost.ts";

function view(shape: readonly number[], strides?: readonly number[]): View {
  const rowMajor = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  return { buffer: 0, dtype: "f32", shape, strides: strides ?? rowMajor, offset: 0 };
}

test("costs come from shapes: what is broadcast counts once, what is changed in place twice", () => {
  const product = kernelCost("matmul", [view([2, 3, 5]), view([2, 5, 7], [0, 7, 1])], [view([2, 3, 7])], {});
  expect(product).toEqual({ bytes: 4 * (30 + 35 + 42), flops: 2 * 42 * 5 });
  const [grad, ...state] = [0, 1, 2, 3].map(() => view([10]));
  expect(kernelCost("adamwStep", [null, grad], state, {})).toEqual({ bytes: 4 * (10 + 2 * 30), flops: 0 });
  const rows = kernelCost("gather", [view([1000, 4]), view([2, 4], [1, 0])], [view([2, 4])], {});
  expect(rows.bytes).toBe(4 * (8 + 2 + 8));
});

test("causal attention counts the pairs that are seen", () => {
  const [q, k] = [view([1, 2, 4, 8]), view([1, 2, 4, 8])];
  const flops = (causal: boolean) =>
    kernelCost("attention", [q, k, k], [q, view([1, 2, 4])], { causal }).flops;
  expect(flops(false)).toBe(2 * 2 * 16 * 16);
  expect(flops(true)).toBe(2 * 2 * 10 * 16);
});

test("a recurrent layer counts its product, forward and backward alike", () => {
  const [gates, weight, y] = [view([2, 5, 12]), view([12, 3]), view([2, 5, 3])];
  const flops = 2 * 2 * 5 * 12 * 3;
  expect(kernelCost("lstmSequence", [gates, weight], [y], {}).flops).toBe(flops);
  expect(kernelCost("lstmSequenceBackward", [weight, y, null], [gates], {}).flops).toBe(flops);
});

test("a backend on an idle device is counted, at sizes that this machine does not have", async () => {
  const { backend, count } = countingBackend(await createGpuBackend({ device: idleDevice(16) }));
  const n = 2 ** 15;
  const counted = tidy(() => {
    const x = randn(new Key(0), [n, n], { backend });
    return count(() => void x.matmul(x).exp());
  });
  expect(counted).toMatchObject({ bytes: 4 * 5 * n * n, flops: 2 * n ** 3 });
  const [first, second] = counted.kernels;
  expect([first.kernel, first.calls, second.kernel]).toEqual(["matmul", 1, "unary"]);
  await backend.dispose();
});

test("tables go where the page has marks", () => {
  const kernels = [{ kernel: "matmul", calls: 1, dispatches: 2, bytes: 3e9, flops: 6e9 }] as const;
  const text = formatCounts([{ name: "step", dispatches: 2, bytes: 3e9, flops: 6e9, kernels }], "step");
  expect(text).toContain("| step | 2 | 3.000 | 6.000 | 2.000 |");
  expect(text).toContain("| matmul | 1 | 2 | 3.000 | 6.000 |");
  const page = "a\n<!-- counted -->\nold\n<!-- end -->\nb\n";
  expect(placeCounts(page, "new")).toBe("a\n<!-- counted -->\nnew\n<!-- end -->\nb\n");
  expect(() => placeCounts("a", "new")).toThrow(/no <!-- counted -->/);
});
