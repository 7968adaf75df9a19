import { type Tensor, tensor, tidy } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { createElements, wideDtype } from "../values/elements.ts";
import type { PreparedInput } from "../values/prepare.ts";

/** The reference backend that computes what is expected. */
export const oracleBackend: Backend = createReferenceBackend();

/** Computes with tensors of the prepared numbers, and gives the numbers of the results; no tensor survives. */
export async function evaluate(
  backend: Backend,
  inputs: readonly (PreparedInput | null)[],
  dtypeOf: (input: PreparedInput) => PreparedInput["dtype"],
  fn: (tensors: readonly (Tensor | null)[]) => readonly Tensor[],
): Promise<readonly Float64Array<ArrayBuffer>[]> {
  const outputs = tidy(() => fn(inputs.map((input) => input && toTensor(backend, input, dtypeOf(input)))));
  try {
    return await Promise.all(outputs.map(async (output) => Float64Array.from(await output.data())));
  } finally {
    for (const output of outputs) output.dispose();
  }
}

/** The same in f64 on the oracle: as exact as it gets. */
export function evaluateWide(
  inputs: readonly (PreparedInput | null)[],
  fn: (tensors: readonly (Tensor | null)[]) => readonly Tensor[],
): Promise<readonly Float64Array<ArrayBuffer>[]> {
  return evaluate(oracleBackend, inputs, ({ dtype }) => wideDtype(dtype), fn);
}

/** A contiguous tensor of prepared numbers. */
export function toTensor(backend: Backend, input: PreparedInput, dtype: PreparedInput["dtype"]): Tensor {
  const elements = createElements(dtype, input.numbers.length);
  elements.set(input.numbers);
  return tensor(elements, { dtype, shape: input.shape, backend });
}
