import { createCpuBackend } from "@saccade/cpu-kernels";
import { conformanceSuite } from "./suite/conformance-suite.ts";

const parameters = "parameters with gaps: core passes them contiguous";

for (const simd of ["relaxed", "baseline"] as const) {
  conformanceSuite(`cpu, ${simd} SIMD`, {
    create: () => createCpuBackend({ simd, threads: 2, blas: "off" }),
    composes: {
      linear: parameters,
      layerNorm: parameters,
      layerNormBackward: parameters,
      rmsNorm: parameters,
      rmsNormBackward: parameters,
    },
  });
}
