import type { Tensor } from "@saccade/core";
import type { View } from "@saccade/core/backend";
import type { AnyCase, OutputSpec } from "../cases/case.ts";
import { isRequired, kernelOf } from "../runner/kernels.ts";
import { createElements, viewElements, wideDtype } from "../values/elements.ts";
import { place } from "../values/place.ts";
import { type PreparedCase, type PreparedInput, prepareCase } from "../values/prepare.ts";
import { composedForm } from "./composed.ts";
import { evaluate, oracleBackend } from "./evaluate.ts";

type Numbers = Float64Array<ArrayBuffer>;

const expected = new WeakMap<AnyCase, Promise<readonly Numbers[]>>();

/** What the outputs of a case must be, in f64, row-major: required kernels by the reference, fused ones composed. */
export function expectedOf(it: AnyCase): Promise<readonly Numbers[]> {
  let promise = expected.get(it);
  if (!promise) {
    promise = prepareCase(it).then(computeExpected);
    expected.set(it, promise);
  }
  return promise;
}

function computeExpected(prepared: PreparedCase): Promise<readonly Numbers[]> {
  return isRequired(prepared.case.kernel)
    ? runReference(prepared, prepared.case.attrs)
    : runComposed(prepared);
}

/** The kernel applied to absolute values: what the terms that a sum adds up amount to, whatever cancels. */
export async function magnitudesOf(it: AnyCase): Promise<readonly Numbers[]> {
  const prepared = await prepareCase(it);
  const absolute: PreparedCase = {
    case: it,
    inputs: prepared.inputs.map((input) =>
      input?.dtype === "f32" || input?.dtype === "f64"
        ? { ...input, numbers: input.numbers.map(Math.abs) }
        : input,
    ),
    initial: prepared.initial.map((numbers) => numbers?.map(Math.abs) ?? null),
  };
  return isRequired(it.kernel) ? runReference(absolute, absoluteAttrs(it.attrs)) : runComposed(absolute);
}

function absoluteAttrs(attrs: unknown): unknown {
  if (typeof attrs !== "object" || attrs === null) return attrs;
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => [name, typeof value === "number" ? Math.abs(value) : value]),
  );
}

/** A required kernel, by the reference backend on contiguous f64. */
async function runReference(
  { case: it, inputs, initial }: PreparedCase,
  attrs: unknown,
): Promise<readonly Numbers[]> {
  const backend = oracleBackend;
  const buffers: number[] = [];
  const upload = (spec: OutputSpec, numbers: Numbers | null): View => {
    const dtype = wideDtype(spec.dtype);
    const { strides, offset, length } = place(spec.shape);
    const elements = createElements(dtype, length);
    if (numbers) elements.set(numbers);
    const buffer = backend.alloc(elements.byteLength);
    buffers.push(buffer);
    backend.write(buffer, elements);
    return { buffer, dtype, shape: spec.shape, strides, offset };
  };
  const inputViews = inputs.map((input) => input && upload(input, input.numbers));
  const outputViews = it.outputs.map((spec, i) => upload(spec, initial[i]));
  kernelOf(backend, it.kernel)?.(inputViews, outputViews, attrs);
  const results: Numbers[] = [];
  for (const { buffer, dtype, shape } of outputViews) {
    const bytes = await backend.read(buffer, 0, createElements(dtype, place(shape).length).byteLength);
    results.push(Float64Array.from(viewElements(dtype, bytes)));
  }
  for (const buffer of buffers) backend.free(buffer);
  return results;
}

function runComposed(prepared: PreparedCase): Promise<readonly Numbers[]> {
  return runComposedOn(prepared, oracleBackend, ({ dtype }) => wideDtype(dtype));
}

/** The composed form of a fused kernel's case, on any backend. */
export function runComposedOn(
  { case: it, inputs, initial }: PreparedCase,
  backend: typeof oracleBackend,
  dtypeOf: (input: PreparedInput) => PreparedInput["dtype"],
): Promise<readonly Numbers[]> {
  const { kernel } = it;
  if (isRequired(kernel)) throw new Error(`${kernel} is a required kernel: it has no composed form`);
  const before: PreparedInput[] = it.outputs.flatMap(({ dtype, shape, values }, i) => {
    const numbers = initial[i];
    return values && numbers ? [{ dtype, shape, values, numbers }] : [];
  });
  const compute = (tensors: readonly (Tensor | null)[]): readonly Tensor[] => {
    const own = tensors.slice(0, inputs.length);
    const inPlace = tensors.slice(inputs.length).filter((x) => x !== null);
    return composedForm(kernel)(own, it.attrs as never, { count: it.outputs.length, before: inPlace });
  };
  return evaluate(backend, [...inputs, ...before], dtypeOf, compute);
}
