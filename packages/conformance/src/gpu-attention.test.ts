import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { test } from "vitest";
import { conformanceSuite } from "./suite/conformance-suite.ts";

/** The longest part of gpu.test.ts, beside it: shaders of attention take seconds to compile in software. */
if (gpuTests.leftOut) {
  test.skip(gpuTests.title("gpu, attention"), () => {});
} else {
  useSoftwareAdapter();
  conformanceSuite("gpu, software adapter, attention", {
    create: () => createGpuBackend(),
    flushesSubnormals: true,
    only: /^attention/,
  });
}
