import type { Backend } from "@saccade/core/backend";
import type { AnyCase } from "../cases/case.ts";
import { flushSubnormals } from "../cases/flush-subnormals.ts";
import { composedForm } from "../oracle/composed.ts";
import { expectedOf, runFormOn } from "../oracle/expected.ts";
import { magnitudesOf } from "../oracle/magnitudes.ts";
import { compareOutput } from "../tolerances/compare.ts";
import { toleranceOf } from "../tolerances/tolerances.ts";
import { firstDifference } from "../values/bits.ts";
import { createElements, type Elements } from "../values/elements.ts";
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

/** The dtype of a case that a backend does not have: why the case does not concern it. */
export function lackingDtype(backend: Backend, it: AnyCase): string | null {
  const dtypes = [...it.inputs, ...it.outputs].flatMap((spec) => (spec ? [spec.dtype] : []));
  return dtypes.find((dtype) => !backend.dtypes.has(dtype)) ?? null;
}

/** Runs the kernel of a case on a backend; null if the backend has no such fused kernel, or it declines the call. */
export async function runKernel(backend: Backend, prepared: PreparedCase): Promise<KernelRun | null> {
  const { case: it, inputs, initial } = prepared;
  const kernel = kernelOf(backend, it.kernel);
  if (kernel === null) return null;
  const shift = hashText(it.name) % 4;
  const inputBuffers = inputs.map(
    (input) => input && new GuardedBuffer(backend, input, input.numbers, shift),
  );
  const outputBuffers: GuardedBuffer[] = [];
  try {
    const views = inputBuffers.map((buffer) => buffer?.view ?? null);
    if (!isRequired(it.kernel) && declines(backend, it.kernel, views, it.attrs)) return null;
    for (const [i, spec] of it.outputs.entries())
      outputBuffers.push(new GuardedBuffer(backend, spec, initial[i], shift));
    const targets = outputBuffers.map(({ view }) => view);
    kernel(views, targets, it.attrs);
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

/** What runs where there is no fused kernel: the composed form, on the backend itself; of f16 in f32, as core does it. */
async function runComposed(backend: Backend, prepared: PreparedCase): Promise<KernelRun> {
  const results = await runFormOn(prepared, composedForm, backend, ({ dtype }) =>
    dtype === "f16" ? "f32" : dtype,
  );
  const outputs = results.map((numbers, i) => {
    const elements = createElements(prepared.case.outputs[i].dtype, numbers.length);
    elements.set(numbers);
    return elements;
  });
  return { outputs, problems: [] };
}

/**
 * Mode test: the kernel must give what the oracle gives, twice the same bits, touch nothing else, and leave no memory
 * behind. Where a fused kernel is missing or declines, the composed form is held to the same.
 */
export async function testKernelCase(
  backend: Backend,
  drawn: AnyCase,
  flushesSubnormals = false,
): Promise<CaseOutcome> {
  const it = flushesSubnormals ? flushSubnormals(drawn) : drawn;
  const lacking = lackingDtype(backend, it);
  if (lacking) return { status: "skipped", reason: `the backend has no ${lacking}` };
  try {
    const prepared = await prepareCase(it);
    const expected = await expectedOf(it);
    const before = liveMemory(backend);
    const fused = await runKernel(backend, prepared);
    const again = fused && (await runKernel(backend, prepared));
    const run = fused ?? (await runComposed(backend, prepared));
    const leak = memoryChange(before, liveMemory(backend));
    const { share, failures } = await judge(it, run.outputs, expected, flushesSubnormals);
    const messages = [...run.problems, ...failures, ...(leak ? [leak] : [])];
    if (again && !sameBits(run.outputs, again.outputs)) messages.push("a second run gave other bits");
    return messages.length === 0
      ? { status: "passed", share }
      : { status: "failed", message: messages.join("; ") };
  } catch (error) {
    return { status: "failed", message: error instanceof Error ? `threw ${error.message}` : String(error) };
  }
}

function sameBits(a: readonly Elements[], b: readonly Elements[]): boolean {
  return a.every((elements, i) => firstDifference(elements, b[i]) === -1);
}

/** Compares outputs by the table of tolerances. */
async function judge(
  it: AnyCase,
  outputs: readonly Elements[],
  expected: readonly Float64Array[],
  flushesSubnormals: boolean,
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
      flushesSubnormals,
    );
    share = Math.max(share, comparison.share);
    if (comparison.failure) failures.push(`output ${i}: ${comparison.failure}`);
  });
  return { share, failures };
}
