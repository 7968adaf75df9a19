import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Forward } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { multiheadAttention } from "../torch/multihead-attention.ts";

const multihead: Forward = (call) => {
  const { config, optional, params } = call;
  const x = optional("x");
  const query = x ?? call.input("query");
  const key = optional("key") ?? query;
  const value = optional("value") ?? key;
  const unbatched = query.rank === 2;
  const first = config.boolean("batch_first", false);
  const enter = (each: Tensor): Tensor =>
    unbatched ? core.unsqueeze(each, 0) : first ? each : core.transpose(each, 0, 1);
  const leave = (each: Tensor): Tensor =>
    unbatched ? core.squeeze(each, 0) : first ? each : core.transpose(each, 0, 1);
  const padding = optional("key_padding_mask");
  if (call.nonfinite) call.remark("attention of a query that may attend nowhere is zeros, not NaN");
  const { output, weights } = multiheadAttention(enter(query), enter(key), enter(value), params, {
    heads: config.number("num_heads"),
    addZeroAttention: config.boolean("add_zero_attn", false),
    attention: optional("attn_mask"),
    padding: padding && unbatched ? core.unsqueeze(padding, 0) : padding,
    emptyIsNaN: call.nonfinite,
  });
  const averaged = config.boolean("average_attn_weights", true) ? core.mean(weights, 1) : weights;
  return { attn_output: leave(output), attn_weights: unbatched ? core.squeeze(averaged, 0) : averaged };
};

/** nn.MultiheadAttention. */
export const multiheadOps: AdapterTable = { MultiheadAttention: multihead };
