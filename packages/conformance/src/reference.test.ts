import { createReferenceBackend } from "@saccade/core/reference";
import { kernelNames } from "./cases/index.ts";
import { isRequired } from "./runner/kernels.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";

// In f32 against itself in f64, on other layouts; the composed forms are held to what fused kernels are held to.
conformanceSuite("reference", {
  create: async () => createReferenceBackend(),
  composes: Object.fromEntries(
    kernelNames
      .filter((name) => !isRequired(name))
      .map((name) => [name, "the reference has no fused kernels"]),
  ),
});
