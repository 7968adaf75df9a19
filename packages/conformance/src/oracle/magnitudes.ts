import { sizeOf } from "@saccade/core";
import type { AnyCase } from "../cases/case.ts";
import { isRequired } from "../runner/kernels.ts";
import { isFloatDtype, wideDtype } from "../values/elements.ts";
import { type PreparedCase, prepareCase } from "../values/prepare.ts";
import { oracleBackend } from "./evaluate.ts";
import { runFormOn, runReference } from "./expected.ts";
import { magnitudeForm } from "./magnitude-forms.ts";

type Magnitudes = readonly Float64Array<ArrayBuffer>[];

const magnitudes = new WeakMap<AnyCase, Promise<Magnitudes>>();

/**
 * What the terms of each output element amount to if nothing cancels: a required kernel applied to absolute values, a
 * fused one by its form in `magnitude-forms.ts`.
 */
export function magnitudesOf(it: AnyCase): Promise<Magnitudes> {
  let promise = magnitudes.get(it);
  if (!promise) {
    promise = prepareCase(it).then(computeMagnitudes);
    magnitudes.set(it, promise);
  }
  return promise;
}

function computeMagnitudes(prepared: PreparedCase): Promise<Magnitudes> {
  const { case: it, inputs, initial } = prepared;
  const sizes = it.outputs.map(({ shape }) => sizeOf(shape));
  if (sizes.every((size) => size === 0)) return Promise.resolve(sizes.map(() => new Float64Array(0)));
  // A normal deviate is a radius times a sine: the sine errs by an epsilon of 1, the radius is 5.8 at most.
  if (it.kernel === "random") return Promise.resolve(sizes.map((size) => new Float64Array(size).fill(1)));
  if (!isRequired(it.kernel))
    return runFormOn(prepared, magnitudeForm, oracleBackend, ({ dtype }) => wideDtype(dtype));
  const absolute: PreparedCase = {
    case: it,
    inputs: inputs.map((input) =>
      input && isFloatDtype(input.dtype) ? { ...input, numbers: input.numbers.map(Math.abs) } : input,
    ),
    initial: initial.map((numbers) => numbers?.map(Math.abs) ?? null),
  };
  return runReference(absolute, absoluteNumbers(it.attrs));
}

function absoluteNumbers(attrs: unknown): unknown {
  if (typeof attrs !== "object" || attrs === null) return attrs;
  const entries = Object.entries(attrs).map(([name, value]) => [
    name,
    typeof value === "number" ? Math.abs(value) : value,
  ]);
  return Object.fromEntries(entries);
}
