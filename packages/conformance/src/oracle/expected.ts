import type { Tensor } from "@saccade/core";
import type { Backend, DType, View } from "@saccade/core/backend";
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

/** A required kernel, by the reference backend on contiguous f64. */
export async function runReference(
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
  return runFormOn(prepared, composedForm, oracleBackend, ({ dtype }) => wideDtype(dtype));
}

/** A fused kernel's case in plain ops (`form` says which), on any backend. */
export function runFormOn(
  { case: it, inputs, initial }: PreparedCase,
  form: typeof composedForm,
  backend: Backend,
  dtypeOf: (input: PreparedInput) => DType,
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
    return form(kernel)(own, it.attrs as never, { count: it.outputs.length, before: inPlace });
  };
  return evaluate(backend, [...inputs, ...before], dtypeOf, compute);
}
