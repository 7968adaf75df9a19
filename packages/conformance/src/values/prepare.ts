import { sizeOf, withBackend } from "@saccade/core";
import type { DType } from "@saccade/core/backend";
import type { AnyCase, InputSpec, LayoutSpec, Values } from "../cases/case.ts";
import { evaluateWide, oracleBackend } from "../oracle/evaluate.ts";
import { storedAs } from "./elements.ts";
import { generate } from "./generate.ts";
import { place, positionsOf } from "./place.ts";

/** The numbers of an input: row-major, as its dtype holds them. */
export interface PreparedInput extends InputSpec {
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** A case with its numbers drawn. */
export interface PreparedCase {
  readonly case: AnyCase;
  readonly inputs: readonly (PreparedInput | null)[];
  /** What outputs hold before; null where that is garbage. */
  readonly initial: readonly (Float64Array<ArrayBuffer> | null)[];
}

const prepared = new WeakMap<AnyCase, Promise<PreparedCase>>();

/** Draws the numbers of a case, once: they are a function of its name. */
export function prepareCase(it: AnyCase): Promise<PreparedCase> {
  let promise = prepared.get(it);
  if (!promise) {
    promise = drawCase(it);
    prepared.set(it, promise);
  }
  return promise;
}

async function drawCase(it: AnyCase): Promise<PreparedCase> {
  const seed = `${it.kernel} ${it.name}`;
  const inputs = await prepareInputs(it.inputs, seed);
  const initial = it.outputs.map(({ dtype, shape, values }, i) =>
    values ? draw(values, dtype, shape, undefined, `${seed} output ${i}`) : null,
  );
  return { case: it, inputs, initial };
}

/** Draws inputs; then, in order, computes those that are computed: each sees all drawn ones, and those computed before. */
export async function prepareInputs(
  specs: readonly (InputSpec | null)[],
  seed: string,
): Promise<readonly (PreparedInput | null)[]> {
  const inputs = specs.map((spec, i): PreparedInput | null => {
    if (spec === null || spec.values.kind === "computed") return null;
    const { values, dtype, shape, layout } = spec;
    return { ...spec, numbers: draw(values, dtype, shape, layout, `${seed} input ${i}`) };
  });
  for (const [i, spec] of specs.entries()) {
    if (spec?.values.kind !== "computed") continue;
    const { by } = spec.values;
    const [exact] = await evaluateWide(inputs, (tensors) => [withBackend(oracleBackend, () => by(tensors))]);
    const numbers = exact.map((x) => storedAs(spec.dtype, x));
    inputs[i] = { ...spec, numbers: firstAlongBroadcast(numbers, spec) };
  }
  return inputs;
}

/** Numbers in row-major order; equal along broadcast dimensions. */
function draw(
  values: Values,
  dtype: DType,
  shape: readonly number[],
  layout: LayoutSpec | undefined,
  seed: string,
): Float64Array<ArrayBuffer> {
  if (values.kind === "computed") throw new Error(`${seed}: an output's values cannot be computed`);
  const distinct = shape.map((size, d) => (layout?.steps?.[d] === 0 ? Math.min(size, 1) : size));
  return repeat(generate(values, dtype, sizeOf(distinct), seed), distinct, shape);
}

/** Numbers of shape `from`, along the dimensions of size 1 there repeated to `shape`. */
function repeat(
  numbers: Float64Array<ArrayBuffer>,
  from: readonly number[],
  shape: readonly number[],
): Float64Array<ArrayBuffer> {
  if (numbers.length === sizeOf(shape)) return numbers;
  const { strides } = place(from);
  const at = positionsOf({
    shape,
    strides: strides.map((stride, d) => (from[d] === 1 ? 0 : stride)),
    offset: 0,
  });
  return Float64Array.from(at, (i) => numbers[i]);
}

/** Computed numbers, along broadcast dimensions those of the first element. */
function firstAlongBroadcast(
  numbers: Float64Array<ArrayBuffer>,
  { shape, layout }: InputSpec,
): Float64Array<ArrayBuffer> {
  const strides = place(shape).strides.map((stride, d) => (layout?.steps?.[d] === 0 ? 0 : stride));
  return Float64Array.from(positionsOf({ shape, strides, offset: 0 }), (i) => numbers[i]);
}
