import { createGpuBackend } from "@saccade/gpu-kernels";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";
import { conformanceSuite } from "./suite/conformance-suite.ts";

const notRun = process.env.SACCADE_NO_GPU === "1";

const step = "composed, step by step";
const newInputs = "ALiBi, sinks and ranges: not in the kernels yet";

const recurrent = {
  lstmSequence: step,
  lstmSequenceBackward: step,
  gruSequence: step,
  gruSequenceBackward: step,
  rnnSequence: step,
  rnnSequenceBackward: step,
};

if (notRun) {
  test.skip("gpu: not run (SACCADE_NO_GPU=1)", () => {});
} else {
  useSoftwareAdapter();
  conformanceSuite("gpu, software adapter", {
    create: () => createGpuBackend(),
    composes: { attention: newInputs, attentionBackward: newInputs, ...recurrent },
    flushesSubnormals: true,
  });
}

describe.skipIf(notRun)("gpu", () => {
  test("two backends, one after the other, give the same bits", async () => {
    const [a, b] = [await bits(), await bits()];
    expect(a).toEqual(b);
  });
});

/** Random bits of one key: the same as on every backend. */
async function bits(): Promise<number[]> {
  const backend = await createGpuBackend();
  try {
    const buffer = backend.alloc(64);
    const out = { buffer, dtype: "i32", shape: [16], strides: [1], offset: 0 } as const;
    backend.kernels.random([], [out], { key: [1, 2], kind: "bits" });
    return [...new Int32Array(await backend.read(buffer, 0, 64))];
  } finally {
    backend.dispose();
  }
}
