import type { Backend } from "@saccade/core/backend";
import type { AnyCase } from "../cases/case.ts";
import { expectedOf } from "../oracle/expected.ts";
import { magnitudesOf } from "../oracle/magnitudes.ts";
import { compareOutput } from "../tolerances/compare.ts";
import { toleranceOf } from "../tolerances/tolerances.ts";
import type { Elements } from "../values/elements.ts";
import { type PreparedCase, prepareCase } from "../values/prepare.ts";
import { hashText } from "../values/seeded.ts";
import { GuardedBuffer } from "./guarded-buffer.ts";
import { declines, isRequired, kernelOf } from "./kernels.ts";
import { liveMemory, memoryChange } from "./live-memory.ts";
import type { CaseOutcome } from "./outcome.ts";

/** What a kernel left in its outputs, and whatever it did besides that it should not have done. */
export interface KernelRun {
  readonly outputs: readonly Elements[];
  readonly problems: readonly string[];
}

/** Why a backend does not run a case: a dtype or a fused kernel that it does not have, or a call that it declines. */
export function reasonToSkip(backend: Backend, it: AnyCase): string | null {
  const dtypes = [...it.inputs, ...it.outputs].flatMap((spec) => (spec ? [spec.dtype] : []));
  const lacking = dtypes.find((dtype) => !backend.dtypes.has(dtype));
  if (lacking) return `the backend has no ${lacking}`;
  if (kernelOf(backend, it.kernel) === null) return "the backend has no such fused kernel";
  return null;
}

/** Runs the kernel of a case on a backend; null if the backend declines the call. */
export async function runKernel(backend: Backend, prepared: PreparedCase): Promise<KernelRun | null> {
  const { case: it, inputs, initial } = prepared;
  const shift = hashText(it.name) % 4;
  const inputBuffers = inputs.map(
    (input) => input && new GuardedBuffer(backend, input, input.numbers, shift),
  );
  const outputBuffers: GuardedBuffer[] = [];
  try {
    const inputViews = inputBuffers.map((buffer) => buffer?.view ?? null);
    if (!isRequired(it.kernel) && declines(backend, it.kernel, inputViews, it.attrs)) return null;
    for (const [i, spec] of it.outputs.entries())
      outputBuffers.push(new GuardedBuffer(backend, spec, initial[i], shift));
    kernelOf(backend, it.kernel)?.(
      inputViews,
      outputBuffers.map((buffer) => buffer.view),
      it.attrs,
    );
    return await collect(inputBuffers, outputBuffers);
  } finally {
    for (const buffer of [...inputBuffers, ...outputBuffers]) buffer?.free();
  }
}

async function collect(
  inputs: readonly (GuardedBuffer | null)[],
  outputs: readonly GuardedBuffer[],
): Promise<KernelRun> {
  const problems: string[] = [];
  const results: Elements[] = [];
  for (const [i, output] of outputs.entries()) {
    const { elements, failure } = await output.result();
    results.push(elements);
    if (failure) problems.push(`output ${i}: ${failure}`);
  }
  for (const [i, input] of inputs.entries()) {
    const failure = await input?.changed();
    if (failure) problems.push(`input ${i}: ${failure}`);
  }
  return { outputs: results, problems };
}

/** Mode test: the kernel must give what the oracle gives, touch nothing else, and leave no memory behind. */
export async function testKernelCase(backend: Backend, it: AnyCase): Promise<CaseOutcome> {
  const reason = reasonToSkip(backend, it);
  if (reason) return { status: "skipped", reason };
  try {
    const prepared = await prepareCase(it);
    const expected = await expectedOf(it);
    const before = liveMemory(backend);
    const run = await runKernel(backend, prepared);
    const leak = memoryChange(before, liveMemory(backend));
    if (run === null) return { status: "skipped", reason: "the backend's kernel declines the call" };
    const { share, failures } = await judge(it, run.outputs, expected);
    const messages = [...run.problems, ...failures, ...(leak ? [leak] : [])];
    return messages.length === 0
      ? { status: "passed", share }
      : { status: "failed", message: messages.join("; ") };
  } catch (error) {
    return { status: "failed", message: error instanceof Error ? `threw ${error.message}` : String(error) };
  }
}

/** Compares outputs by the table of tolerances. */
export async function judge(
  it: AnyCase,
  outputs: readonly Elements[],
  expected: readonly Float64Array[],
): Promise<{ readonly share: number; readonly failures: readonly string[] }> {
  const tolerance = toleranceOf(it);
  const magnitudes = typeof tolerance !== "string" && tolerance.floor > 0 ? await magnitudesOf(it) : null;
  let share = 0;
  const failures: string[] = [];
  outputs.forEach((elements, i) => {
    const comparison = compareOutput(
      it.outputs[i].dtype,
      elements,
      expected[i],
      tolerance,
      magnitudes?.[i] ?? null,
    );
    share = Math.max(share, comparison.share);
    if (comparison.failure) failures.push(`output ${i}: ${comparison.failure}`);
  });
  return { share, failures };
}
