import { ArgumentError, add, linear, type Tensor } from "@saccade/core";
import { init, Parameter } from "@saccade/core/nn";
import type { RecurrentConfig, RecurrentInit } from "./config.ts";

/** PyTorch's: `weight_ih_l0`, `weight_hh_l0_reverse`, `bias_ih_l1` ... */
export type ParameterName = `${"weight" | "bias"}_${string}`;

export type RecurrentParameters = { readonly [name: ParameterName]: Parameter };

interface Form {
  /** Gates of the cell. */
  readonly gates: number;
  /** Width of a projected state; 0 for none. */
  readonly projected?: number;
}

/** The parameters of every layer and direction, each uniform in `±1/sqrt(hiddenSize)`, as in PyTorch. */
export function createParameters(
  config: RecurrentConfig,
  { gates, projected = 0 }: Form,
  { key, ...where }: RecurrentInit,
): RecurrentParameters {
  const { inputSize, hiddenSize: H, numLayers = 1, bias = true, bidirectional = false } = config;
  const bound = 1 / Math.sqrt(H);
  const made: Record<string, Parameter> = {};
  let count = 0;
  const make = (name: string, shape: readonly number[]): void => {
    made[name] = new Parameter(init.uniform(key.fold(count++), shape, bound, where));
  };
  const out = projected || H;
  for (let layer = 0; layer < numLayers; layer++) {
    const width = layer === 0 ? inputSize : out * (bidirectional ? 2 : 1);
    for (const suffix of suffixes(layer, bidirectional)) {
      make(`weight_ih${suffix}`, [gates * H, width]);
      make(`weight_hh${suffix}`, [gates * H, out]);
      if (bias) make(`bias_ih${suffix}`, [gates * H]);
      if (bias) make(`bias_hh${suffix}`, [gates * H]);
      if (projected > 0) make(`weight_hr${suffix}`, [projected, H]);
    }
  }
  return made;
}

/** What the names of a layer's parameters end in, one a direction. */
export function suffixes(layer: number, bidirectional: boolean): string[] {
  return bidirectional ? [`_l${layer}`, `_l${layer}_reverse`] : [`_l${layer}`];
}

/** A parameter that is there by construction. */
export function parameter(of: RecurrentParameters, name: ParameterName): Parameter {
  const found = of[name];
  if (found === undefined) throw new ArgumentError(`there is no parameter ${name}`);
  return found;
}

/** `x W_ih^T + b_ih + b_hh` of one layer and direction. */
export function inputGates(x: Tensor, of: RecurrentParameters, suffix: string): Tensor {
  const own: Parameter | undefined = of[`bias_ih${suffix}`];
  const bias = own ? add(own, parameter(of, `bias_hh${suffix}`)) : null;
  return linear(x, parameter(of, `weight_ih${suffix}`), bias);
}
