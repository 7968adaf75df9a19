import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { test } from "vitest";
import { conformanceSuite } from "./suite/conformance-suite.ts";

/** Functions of scores that are tried here: of each kind one. */
const functions = [
  "scoreMod by row, key and batch item, strided table",
  "scoreMod softcap behind bias",
  "scoreMod relative, decoding",
  "maskMod window, decoding",
  "maskMod window, vague blocks",
  "maskMod documents, scoreMod relative",
  "random functions 1",
];

/** The longest part of gpu.test.ts, beside it: shaders of attention take seconds to compile in software. */
if (gpuTests.leftOut) {
  test.skip(gpuTests.title("gpu, attention"), () => {});
} else {
  useSoftwareAdapter();
  conformanceSuite("gpu, software adapter, attention", {
    create: () => createGpuBackend(),
    flushesSubnormals: true,
    only: /^attention/,
    // Every function of scores is a shader of its own
    leaveOut: new RegExp(`(?!.*(${functions.join("|")})).*(scoreMod|maskMod|random functions)`),
  });
}
