import { createCpuBackend } from "@saccade/cpu-kernels";
import { expect, test } from "vitest";
import { firstFailures, formatReport } from "./runner/report.ts";
import { conform } from "./runner/run-conformance.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";

const halves = "f16: core calls it in f32";
const parameters = "parameters with gaps: core passes them contiguous";
for (const simd of ["relaxed", "baseline"] as const) {
  conformanceSuite(`cpu, ${simd} SIMD`, {
    create: () => createCpuBackend({ simd, threads: 2, blas: "off" }),
    composes: {
      attention: halves,
      attentionBackward: halves,
      linear: parameters,
      quantizedLinear: "codes save memory there, not time",
      layerNorm: parameters,
      layerNormBackward: parameters,
      rmsNorm: parameters,
      rmsNormBackward: parameters,
      sumSquares: "several tensors in one call",
      lstmSequence: halves,
      lstmSequenceBackward: halves,
      gruSequence: halves,
      gruSequenceBackward: halves,
      rnnSequence: halves,
      rnnSequenceBackward: halves,
    },
  });
}

for (const simd of ["relaxed", "baseline"] as const) {
  const title = `cpu, ${simd} SIMD, the system's BLAS: what multiplies matrices`;
  test(title, { timeout: 900_000 }, async ({ annotate, skip }) => {
    const backend = await createCpuBackend({ simd, threads: 2 });
    try {
      const { blas } = backend.info();
      if (String(blas).startsWith("off")) skip(`BLAS is ${blas}`);
      const filter = /^(matmul|linear|attention|attentionBackward|(lstm|gru|rnn)Sequence(Backward)?): /;
      const report = await conform(backend, { modes: ["test"], filter });
      await annotate(`${blas}\n${formatReport(report)}`);
      expect(firstFailures(report)).toEqual([]);
    } finally {
      await backend.dispose();
    }
  });
}
