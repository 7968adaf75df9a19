import type { Backend } from "@saccade/core/backend";
import { GuardedBuffer } from "../runner/guarded-buffer.ts";
import { declines, isRequired, kernelOf, type LooseKernel } from "../runner/kernels.ts";
import type { Timing } from "../runner/report.ts";
import { caseId } from "../runner/skip.ts";
import { prepareCase } from "../values/prepare.ts";
import { type PerfCase, perfCases } from "./perf-cases.ts";

const WARM_UP = 3;
const MOST_SAMPLES = 50;
const BUDGET_MS = 400;

/** Mode perf: the median time of some calls; kernels that the backend lacks or declines are left out. */
export async function timeKernels(backend: Backend, filter: RegExp): Promise<readonly Timing[]> {
  const timings: Timing[] = [];
  for (const it of perfCases) {
    const id = caseId(it.case);
    const kernel = kernelOf(backend, it.case.kernel);
    if (kernel === null || !filter.test(id)) continue;
    const timing = await timeKernel(backend, it, kernel, id);
    if (timing) timings.push(timing);
  }
  return timings;
}

async function timeKernel(
  backend: Backend,
  { case: it, work, unit }: PerfCase,
  kernel: LooseKernel,
  name: string,
): Promise<Timing | null> {
  const { inputs, initial } = await prepareCase(it);
  const inputBuffers = inputs.map((input) => input && new GuardedBuffer(backend, input, input.numbers, 0));
  const outputBuffers = it.outputs.map((spec, i) => new GuardedBuffer(backend, spec, initial[i], 0));
  try {
    const views = inputBuffers.map((buffer) => buffer?.view ?? null);
    if (!isRequired(it.kernel) && declines(backend, it.kernel, views, it.attrs)) return null;
    const targets = outputBuffers.map(({ view }) => view);
    const call = async (): Promise<number> => {
      const start = performance.now();
      kernel(views, targets, it.attrs);
      await backend.read(targets[0].buffer, 0, 4); // waits for what is queued
      return performance.now() - start;
    };
    const ms = await medianOf(call);
    return { name, ms: ms.median, samples: ms.samples, rate: work / ms.median / 1e6, unit };
  } finally {
    for (const buffer of [...inputBuffers, ...outputBuffers]) buffer?.free();
  }
}

async function medianOf(
  call: () => Promise<number>,
): Promise<{ readonly median: number; readonly samples: number }> {
  for (let i = 0; i < WARM_UP; i++) await call();
  const times: number[] = [];
  let spent = 0;
  while (times.length < MOST_SAMPLES && (spent < BUDGET_MS || times.length < 3)) {
    const ms = await call();
    times.push(ms);
    spent += ms;
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1], samples: times.length };
}
