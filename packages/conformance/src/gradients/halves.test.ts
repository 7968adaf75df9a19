import { type Tensor, tensor, tidy, vjp } from "@saccade/core";
import type { DType } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { expect, test } from "vitest";
import { isFloatDtype } from "../values/elements.ts";
import { gradCases } from "./cases/index.ts";
import { expectedGradients, outputsOf } from "./central-differences.ts";
import type { GradCase } from "./grad-case.ts";
import type { Numbers } from "./grad-tensors.ts";

const backend = createReferenceBackend();

/** Allowed difference from differences in f64, relative to the largest element of the gradient, 1 at least. */
const ALLOWED = 0.02;

/** f32 as f16; what a backward pass reads of a forward pass stays as it is. */
function half({ dtype, exactDtype, shape, numbers }: Numbers, as?: DType): Tensor {
  const to = as ?? exactDtype ?? (isFloatDtype(dtype) ? "f16" : dtype);
  return tensor([...numbers], { dtype: to, shape, backend });
}

async function wrong(it: GradCase): Promise<string | null> {
  const { inputs, cotangents, wrt, gradients } = await expectedGradients(it);
  const found = tidy(() => {
    const tensors = inputs.map((input) => input && half(input));
    const dtypes = outputsOf(it, tensors).map(({ dtype }) => dtype);
    const weights = cotangents.map((cotangent, i) => cotangent && half(cotangent, dtypes[i]));
    return vjp(
      () => outputsOf(it, tensors),
      wrt.flatMap((i) => tensors[i] ?? []),
      weights,
    ).grads;
  });
  for (const [n, grad] of found.entries()) {
    const wanted = gradients[n];
    const limit = ALLOWED * wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    const got = await grad.data();
    const at = wanted.findIndex((x, i) => !(Math.abs(got[i] - x) <= limit));
    if (grad.dtype !== "f16") return `the gradient of input ${wrt[n]} is ${grad.dtype}`;
    if (at >= 0)
      return `gradient of input ${wrt[n]}: element ${at} is ${got[at]}, ${wanted[at]} by differences`;
  }
  for (const grad of found) grad.dispose();
  return null;
}

test("gradients of f16 are f16, and nearly those of f64", async () => {
  const failures: string[] = [];
  for (const it of gradCases) {
    const failure = await wrong(it).catch((error: Error) => error.message);
    if (failure) failures.push(`${it.op} ${it.name}: ${failure}`);
  }
  expect(failures).toEqual([]);
});
