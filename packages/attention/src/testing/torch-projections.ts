import { assign, narrow, tidy } from "@saccade/core";
import type { MultiHeadAttention } from "../multi-head-attention.ts";
import type { GoldenCase } from "./golden.ts";

const projections = ["queryProjection", "keyProjection", "valueProjection"] as const;
/** Where PyTorch keeps weights apart, because widths differ. */
const separate = ["q_proj_weight", "k_proj_weight", "v_proj_weight"] as const;

/** Loads nn.MultiheadAttention's parameters, whose names begin with `prefix`: three projections in one matrix. */
export function splitProjections(golden: GoldenCase, prefix: string, layer: MultiHeadAttention): void {
  const width = layer.config.embedDim;
  const apart = golden.has(`${prefix}${separate[0]}`);
  tidy(() => {
    for (const [i, name] of projections.entries()) {
      const { weight, bias } = layer[name];
      const part = (path: string) => narrow(golden.tensor(path), 0, i * width, width);
      assign(weight, apart ? golden.tensor(prefix + separate[i]) : part(`${prefix}in_proj_weight`));
      if (bias) assign(bias, part(`${prefix}in_proj_bias`));
    }
    const { weight, bias } = layer.outProjection;
    assign(weight, golden.tensor(`${prefix}out_proj.weight`));
    if (bias) assign(bias, golden.tensor(`${prefix}out_proj.bias`));
  });
}

/** Our gradients, by the names of the layer's parameters, as PyTorch has them. */
export function joinProjections(
  golden: GoldenCase,
  prefix: string,
  gradients: ReadonlyMap<string, readonly number[]>,
): Map<string, readonly number[]> {
  const gradient = (name: string): readonly number[] => gradients.get(name) ?? [];
  const result = new Map<string, readonly number[]>();
  const joined = (field: string): number[] => projections.flatMap((name) => gradient(`${name}.${field}`));
  if (golden.has(`${prefix}${separate[0]}`)) {
    for (const [i, name] of projections.entries())
      result.set(prefix + separate[i], gradient(`${name}.weight`));
  } else result.set(`${prefix}in_proj_weight`, joined("weight"));
  result.set(`${prefix}out_proj.weight`, gradient("outProjection.weight"));
  if (golden.has(`${prefix}in_proj_bias`)) {
    result.set(`${prefix}in_proj_bias`, joined("bias"));
    result.set(`${prefix}out_proj.bias`, gradient("outProjection.bias"));
  }
  return result;
}
