import { parseArgs } from "node:util";
import type { Backend } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { runConformance } from "../runner/run-conformance.ts";

/** `pnpm --filter @saccade/conformance perf -- --backend cpu`: times of representative calls, as a table. */
const { values } = parseArgs({
  args: process.argv.slice(2).filter((it) => it !== "--"),
  options: {
    backend: { type: "string", default: "cpu" },
    threads: { type: "string" },
    simd: { type: "string", default: "auto" },
    blas: { type: "string", default: "off" },
    filter: { type: "string", default: "" },
  },
});

async function create(): Promise<Backend> {
  if (values.backend === "reference") return createReferenceBackend();
  if (values.backend !== "cpu")
    throw new Error(`perf: --backend is cpu or reference (got ${values.backend})`);
  const { simd, blas } = values;
  if (simd !== "auto" && simd !== "relaxed" && simd !== "baseline") {
    throw new Error(`perf: --simd is auto, relaxed or baseline (got ${simd})`);
  }
  const threads = values.threads === undefined ? "auto" : Number(values.threads);
  return createCpuBackend({ threads, simd, blas });
}

const report = await runConformance({ create, modes: ["perf"], filter: new RegExp(values.filter) });
console.log(report.backend, report.info);
console.table(
  Object.fromEntries(
    report.timings.map(({ name, ms, rate, unit, samples }) => [
      name,
      { ms: Number(ms.toPrecision(3)), rate: Number(rate.toPrecision(3)), unit, samples },
    ]),
  ),
);
