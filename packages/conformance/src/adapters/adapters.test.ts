import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { GpuFeature } from "@saccade/gpu-kernels";
import { findLavapipe, gpuTests } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";
import type { CasesReport, CasesRequest } from "./run-cases.ts";

const notRun = gpuTests.leftOut;

/** Every case, or with a sample of them a minute instead of an hour. */
const all = process.env.SACCADE_ALL_CASES === "1";
/** Kernels that are compiled differently with a feature and without. */
const affected =
  "^(matmul|linear|softmax|layerNorm|rmsNorm|crossEntropy|attention|reduce|unary|binary|copy|glu)";

/** Bits of lavapipe's vectors; a subgroup has an invocation per 32. */
const widths = [128, 256, 512];
const combinations: readonly (readonly GpuFeature[])[] = [
  ["shader-f16"],
  ["subgroups"],
  ["shader-f16", "subgroups"],
];

const run = promisify(execFile);

async function casesOn(
  environment: Readonly<Record<string, string>>,
  request: CasesRequest,
): Promise<CasesReport> {
  const options = [
    "--conditions=@saccade/source",
    join(import.meta.dirname, "run-cases.ts"),
    JSON.stringify(request),
  ];
  const env = { ...process.env, ...environment };
  const { stdout } = await run(process.execPath, options, { env, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as CasesReport;
}

function off(features: readonly GpuFeature[]): string {
  return features.length === 0 ? "with all its features" : `without ${features.join(" and ")}`;
}

describe.skipIf(notRun)(
  gpuTests.title("gpu features, switched off and on"),
  { timeout: all ? 3_600_000 : 600_000 },
  () => {
    test("SwiftShader without subgroups", async () => {
      const without = ["subgroups"] as const; // with all it has, it runs the whole suite
      const report = await casesOn({}, { without, filter: affected, every: all ? 1 : 40 });
      expect(report.failures).toEqual([]);
      expect(report.passed).toBeGreaterThan(25);
      expect(report.subgroups).toMatch(/^no: switched off/);
    });

    const lavapipe = findLavapipe();
    if ("reason" in lavapipe) {
      test.skip(`lavapipe: not run (${lavapipe.reason})`, () => {});
      return;
    }
    const driver = { VK_ICD_FILENAMES: lavapipe.file, VK_DRIVER_FILES: lavapipe.file };
    describe.each(widths)("lavapipe, %s bits", (width) => {
      const environment = { ...driver, LP_NATIVE_VECTOR_WIDTH: String(width) };

      test(off([]), async ({ annotate }) => {
        const report = await casesOn(environment, { without: [], filter: "", every: all ? 1 : 10 });
        await annotate(`${report.adapter}: ${report.passed} cases passed`);
        expect(report.failures).toEqual([]);
        expect(report).toMatchObject({ f16: "yes", subgroups: `yes, of ${width / 32}` });
      });

      for (const without of combinations) {
        test(off(without), async () => {
          const report = await casesOn(environment, { without, filter: affected, every: all ? 1 : 40 });
          expect(report.failures).toEqual([]);
          expect(report.passed).toBeGreaterThan(50);
          expect(report.f16).toMatch(without.includes("shader-f16") ? /^no: switched off/ : /^yes$/);
          expect(report.subgroups).toMatch(without.includes("subgroups") ? /^no: switched off/ : /^yes/);
        });
      }
    });
  },
);
