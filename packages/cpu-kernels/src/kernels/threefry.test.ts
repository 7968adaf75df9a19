import type { KeyWords } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { createCpuBackend } from "../create-backend.ts";
import { readView, tensor } from "../testing/harness.ts";
import { threefry } from "../testing/threefry-reference.ts";

/** Key, counter and block of Random123's kat_vectors (threefry2x32, 20 rounds). */
const knownAnswers = [
  [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
];

test("known answers of what the other tests compare with, and of the kernel", async () => {
  for (const [key0, key1, low, high, ...block] of knownAnswers) {
    expect(threefry([key0, key1], low, high).map((word) => word >>> 0)).toEqual(block);
  }
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  const out = tensor(backend, "i32", [2]);
  const key: KeyWords = [0, 0];
  backend.kernels.random([], [out], { key, kind: "bits" });
  expect((await readView(backend, out)).map((word) => word >>> 0)).toEqual(knownAnswers[0].slice(4));
  await backend.dispose();
});
