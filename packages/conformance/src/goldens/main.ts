import type { Backend } from "@saccade/core";
import { handlerOf } from "./adapters/index.ts";
import { chosenBackends } from "./backends.ts";
import { chooseCases, findCases, UsageError } from "./case-list.ts";
import { type GoldenOptions, parseOptions } from "./options.ts";
import { type CaseReport, countLine, reportLines } from "./report.ts";
import { runGoldens } from "./run.ts";

/** Runs the program. @returns the exit code: 0 all passed, 1 failures, 2 wrong usage */
async function main(options: GoldenOptions): Promise<number> {
  const cases = chooseCases(findCases(options.dir), options.only);
  if (options.list) {
    for (const golden of cases) {
      const handler = handlerOf(golden);
      console.log(`${golden.id} (${golden.op})${typeof handler === "string" ? `, skipped: ${handler}` : ""}`);
    }
    return 0;
  }
  const all: CaseReport[] = [];
  for (const create of chosenBackends(options.backend, options.cpu)) {
    const backend = await create();
    const reports = await runGoldens(cases, backend, options.dtype);
    const title = nameOf(backend);
    for (const line of reportLines(title, reports, options.verbose)) console.log(line);
    await backend.dispose();
    all.push(...reports);
  }
  console.log(countLine(all));
  return all.some(({ outcome }) => outcome.state === "failed") ? 1 : 0;
}

/** With what it chose: results of one build say nothing of another. */
function nameOf(backend: Backend): string {
  const { simd, threads, blas } = backend.info();
  return simd === undefined
    ? backend.name
    : `${backend.name}, SIMD ${simd}, threads ${threads}, BLAS ${blas}`;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`goldens: ${error.message}`);
  process.exitCode = 2;
}
