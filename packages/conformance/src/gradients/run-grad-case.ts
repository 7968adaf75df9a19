import { type Tensor, tidy, vjp } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";
import { checkGradients } from "@saccade/core/testing";
import { liveMemory, memoryChange } from "../runner/live-memory.ts";
import type { CaseOutcome } from "../runner/outcome.ts";
import { type ExpectedGradients, expectedGradients, outputsOf } from "./central-differences.ts";
import type { GradCase } from "./grad-case.ts";
import { makeTensor, widestFloat } from "./grad-tensors.ts";

/** Allowed difference from central differences, relative to the largest element of the gradient, 1 at least. */
const allowed = { f32: 2e-5, f64: 1e-7 } as const;

/**
 * Mode grad: reverse accumulation on the backend against central differences on the reference, with inputs and
 * cotangents row-major and with dimensions reversed in memory; and, where the backend has f64, the gradient's gradient.
 */
export async function testGradCase(backend: Backend, it: GradCase): Promise<CaseOutcome> {
  try {
    const expected = await expectedGradients(it);
    const before = liveMemory(backend);
    let share = 0;
    for (const reversed of it.rowMajorOnly ? [false] : [false, true]) {
      const result = await compareGradients(backend, it, expected, reversed);
      if (result.failure)
        return { status: "failed", message: `${reversed ? "dimensions reversed: " : ""}${result.failure}` };
      share = Math.max(share, result.share);
    }
    if (widestFloat(backend) === "f64" && !it.firstOrderOnly) await checkSecondOrder(backend, it, expected);
    const leak = memoryChange(before, liveMemory(backend));
    return leak ? { status: "failed", message: leak } : { status: "passed", share };
  } catch (error) {
    return { status: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}

async function compareGradients(
  backend: Backend,
  it: GradCase,
  { inputs, cotangents, wrt, gradients }: ExpectedGradients,
  reversed: boolean,
): Promise<{ readonly failure: string | null; readonly share: number }> {
  const grads = tidy(() => {
    const tensors = inputs.map((input) => input && makeTensor(backend, input, reversed));
    const weights = cotangents.map((cotangent) => cotangent && makeTensor(backend, cotangent, reversed));
    const sources = wrt.flatMap((i) => tensors[i] ?? []);
    return vjp(() => outputsOf(it, tensors), sources, weights).grads;
  });
  const { dtype } = grads[0] ?? { dtype: "f32" };
  let [failure, share]: [string | null, number] = [null, 0];
  for (const [n, grad] of grads.entries()) {
    const got = await grad.data();
    grad.dispose();
    const wanted = gradients[n];
    const limit =
      allowed[dtype === "f64" ? "f64" : "f32"] * wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    for (let i = 0; i < wanted.length; i++) {
      const used = Math.abs(got[i] - wanted[i]) / limit;
      if (!(used <= 1))
        failure ??= `gradient of input ${wrt[n]}: element ${i} is ${got[i]}, ${wanted[i]} by differences`;
      share = Math.max(share, used);
    }
  }
  return { failure, share };
}

/** Gradients of gradients, along random directions. */
async function checkSecondOrder(
  backend: Backend,
  it: GradCase,
  { inputs, wrt }: ExpectedGradients,
): Promise<void> {
  const tensors = inputs.map((input) => input && makeTensor(backend, input, false));
  try {
    const withMoved = (moved: readonly Tensor[]): (Tensor | null)[] =>
      tensors.map((x, i) => (wrt.includes(i) ? moved[wrt.indexOf(i)] : x));
    const chosen = (outputs: readonly Tensor[]): readonly Tensor[] =>
      outputs.filter(({ dtype }, i) => dtype === "f64" && it.from?.includes(i) !== false);
    const sources = wrt.flatMap((i) => tensors[i] ?? []);
    await checkGradients((...moved) => chosen(outputsOf(it, withMoved(moved), true)), sources, { order: 2 });
  } finally {
    for (const x of tensors) x?.dispose();
  }
}
