import { registeredOps, run, sizeOf, type Tensor, tidy } from "@saccade/core";
import { oracleBackend } from "../oracle/evaluate.ts";
import { generate } from "../values/generate.ts";
import { type PreparedInput, prepareInputs } from "../values/prepare.ts";
import type { GradCase } from "./grad-case.ts";
import { makeTensor, type Numbers } from "./grad-tensors.ts";

/** What the gradients of a case must be. */
export interface ExpectedGradients {
  readonly inputs: readonly (PreparedInput | null)[];
  /** One per output; null for integers. */
  readonly cotangents: readonly (Numbers | null)[];
  /** Which inputs have gradients, and those. */
  readonly wrt: readonly number[];
  readonly gradients: readonly Float64Array[];
}

const STEP = 1e-5;
const expected = new WeakMap<GradCase, Promise<ExpectedGradients>>();

/** Gradients of `sum <cotangent, output>` by central differences in f64 on the reference backend, element by element. */
export function expectedGradients(it: GradCase): Promise<ExpectedGradients> {
  let promise = expected.get(it);
  if (!promise) {
    promise = differentiate(it);
    expected.set(it, promise);
  }
  return promise;
}

/** The outputs of a case's op, or those that its gradient is the derivative of. */
export function outputsOf(
  it: GradCase,
  inputs: readonly (Tensor | null)[],
  actual = true,
): readonly Tensor[] {
  const op = registeredOps().get(it.op);
  if (!op) throw new Error(`no op named "${it.op}" is registered`);
  if (it.derivativeOf && !actual) return [it.derivativeOf(inputs.filter((x) => x !== null))];
  return run(op, inputs, it.attrs);
}

async function differentiate(it: GradCase): Promise<ExpectedGradients> {
  const inputs = await prepareInputs(it.inputs, `gradient of ${it.op} ${it.name}`);
  const floats = inputs.flatMap((input, i) => (input?.dtype === "f32" ? [i] : []));
  const wrt = it.wrt ?? floats;
  const cotangents = drawCotangents(it, inputs);
  const gradients: Float64Array[] = [];
  for (const i of wrt) {
    const gradient = new Float64Array(inputs[i]?.numbers.length ?? 0);
    for (let n = 0; n < gradient.length; n++) {
      const above = await project(it, moved(inputs, i, n, STEP), cotangents);
      const below = await project(it, moved(inputs, i, n, -STEP), cotangents);
      gradient[n] = (above - below) / (2 * STEP);
    }
    gradients.push(gradient);
  }
  return { inputs, cotangents, wrt, gradients };
}

function drawCotangents(
  it: GradCase,
  inputs: readonly (PreparedInput | null)[],
): readonly (Numbers | null)[] {
  return tidy(() =>
    outputsOf(it, tensorsOf(inputs)).map(({ dtype, shape }, i) => {
      if ((dtype !== "f64" && dtype !== "f32") || it.from?.includes(i) === false) return null;
      const normal = { kind: "normal", mean: 0, deviation: 1 } as const;
      const exactDtype = dtype === "f32" ? dtype : undefined; // a cast to f32: elsewhere the oracle has f64
      return {
        dtype: "f32",
        ...(exactDtype ? { exactDtype } : {}),
        shape,
        numbers: generate(normal, "f32", sizeOf(shape), `cotangent ${i} of ${it.op} ${it.name}`),
      };
    }),
  );
}

function tensorsOf(inputs: readonly (PreparedInput | null)[]): (Tensor | null)[] {
  return inputs.map((input) => input && makeTensor(oracleBackend, input, false));
}

/** The inputs, with one element moved. */
function moved(
  inputs: readonly (PreparedInput | null)[],
  i: number,
  n: number,
  step: number,
): (PreparedInput | null)[] {
  return inputs.map((input, j) => {
    if (input === null || i !== j) return input;
    const numbers = input.numbers.slice();
    numbers[n] += step;
    return { ...input, numbers };
  });
}

/** `sum <cotangent, output>` */
async function project(
  it: GradCase,
  inputs: readonly (PreparedInput | null)[],
  cotangents: readonly (Numbers | null)[],
): Promise<number> {
  const outputs = tidy(() => outputsOf(it, tensorsOf(inputs), false));
  let total = 0;
  for (const [i, output] of outputs.entries()) {
    const weights = cotangents[i]?.numbers;
    if (weights)
      (await output.data()).forEach((y, n) => {
        total += y * weights[n];
      });
    output.dispose();
  }
  return total;
}
