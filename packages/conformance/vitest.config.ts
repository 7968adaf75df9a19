import { longestFirst, packageTests } from "../../vitest.shared.ts";

const longest = [
  "src/gpu.test.ts",
  "src/gpu-attention.test.ts",
  "src/reference.test.ts",
  "src/gpu-windows.test.ts",
  "src/cpu.test.ts",
  "src/gpu-shaders.test.ts",
  "src/goldens/goldens.test.ts",
  "src/gpu-training.test.ts",
  "src/browser/browser.test.ts",
  "src/cpu-determinism.test.ts",
  "src/memory/gpu-memory.test.ts",
  "src/attention-combinations.test.ts",
];

// The longest suite by far: it takes every core, where others leave one to the rest of the workspace.
export default packageTests({ maxWorkers: "100%", sequence: { sequencer: longestFirst(longest) } });
