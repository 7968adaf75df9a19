import { attention, attentionWeights } from "@saccade/attention";
import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import { ourMasks, type TorchMasks } from "./masks.ts";
import { required, type TorchParameters } from "./parameters.ts";

export interface TorchAttentionOptions extends TorchMasks {
  readonly heads: number;
  /** One more key and value, of zeros. */
  readonly addZeroAttention?: boolean;
  /** NaN, as PyTorch has it, for queries that may attend nowhere. */
  readonly emptyIsNaN?: boolean;
}

/** Projection i (of queries, keys, values): a third of one matrix, or a matrix of its own where widths differ. */
function project(x: Tensor, parameters: TorchParameters, i: number, width: number): Tensor {
  const separate = parameters[["q_proj_weight", "k_proj_weight", "v_proj_weight"][i]];
  const weight = separate ?? core.narrow(required(parameters, "in_proj_weight"), 0, i * width, width);
  const bias = parameters.in_proj_bias ? core.narrow(parameters.in_proj_bias, 0, i * width, width) : null;
  return core.linear(x, weight, bias);
}

/** One more column at the end, which every query sees. */
function withColumn(mask: Tensor | null | undefined): Tensor | null {
  return mask ? core.pad(mask, [0, 1]) : null;
}

/**
 * nn.MultiheadAttention's forward, batch first.
 *
 * @param query  `[B, T, D]`
 * @param key  `[B, S, kdim]`
 * @param value  `[B, S, vdim]`
 * @returns the output `[B, T, D]`, and the weights of each head `[B, H, T, S]`
 */
export function multiheadAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  parameters: TorchParameters,
  options: TorchAttentionOptions,
): { readonly output: Tensor; readonly weights: Tensor } {
  const { heads, addZeroAttention = false, emptyIsNaN = false } = options;
  const [batch, , width] = query.shape;
  let [k, v] = [project(key, parameters, 1, width), project(value, parameters, 2, width)];
  let masks: TorchMasks = options;
  const append = (lastKey: Tensor, lastValue: Tensor): void => {
    k = core.concat([k, core.expand(lastKey, [batch, 1, width])], 1);
    v = core.concat([v, core.expand(lastValue, [batch, 1, width])], 1);
    masks = { attention: withColumn(masks.attention), padding: withColumn(masks.padding) };
  };
  if (parameters.bias_k && parameters.bias_v) append(parameters.bias_k, parameters.bias_v);
  if (addZeroAttention) {
    const none = core.zeros([1, 1, width], { dtype: k.dtype, backend: k.backend });
    append(none, none);
  }
  const split = (x: Tensor): Tensor =>
    core.permute(core.reshape(x, [batch, x.shape[1], heads, width / heads]), [0, 2, 1, 3]);
  const [q4, k4, v4] = [project(query, parameters, 0, width), k, v].map(split);
  const spec = ourMasks(masks, batch);
  const mark = (x: Tensor): Tensor => (emptyIsNaN && spec.mask ? markEmpty(x, spec.mask) : x);
  const attended = mark(attention(q4, k4, v4, spec));
  const merged = core.reshape(core.permute(attended, [0, 2, 1, 3]), [batch, -1, width]);
  const output = core.linear(
    merged,
    required(parameters, "out_proj.weight"),
    parameters["out_proj.bias"] ?? null,
  );
  return { output, weights: mark(attentionWeights(q4, k4, spec)) };
}

/** NaN in the place of the zeros that queries have who may attend nowhere. x `[B, H, T, ...]`. */
function markEmpty(x: Tensor, mask: Tensor): Tensor {
  const empty = core.logicalNot(core.any(mask, -1, { keepDims: true }));
  return core.where(core.logicalAnd(empty, core.eq(x, 0)), core.fullLike(x, Number.NaN), x);
}
