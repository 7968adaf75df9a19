import { type AttentionSpec, attention } from "@saccade/attention";
import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Config } from "../../config.ts";
import type { Forward, ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";

/** A number, or in words the usual one. */
function scaleOf(config: Config): Pick<AttentionSpec, "scale"> {
  return typeof config.values.scale === "number" ? { scale: config.values.scale } : {};
}

/** Query i sees keys up to i, aligned at the upper left: PyTorch's `is_causal`. Ours is aligned at the lower right. */
function upperLeft(q: Tensor, k: Tensor): Tensor {
  return core.tril(core.ones([q.shape[2], k.shape[2]], { dtype: "u8", backend: q.backend }));
}

function maskOf(call: ModuleCall, q: Tensor, k: Tensor): AttentionSpec {
  const { optional, config } = call;
  if (config.boolean("is_causal", false)) {
    return q.shape[2] === k.shape[2] ? { causal: true } : { mask: upperLeft(q, k) };
  }
  if (config.string("convention", "").startsWith("lower-right")) return { causal: true };
  const mask = optional("mask") ?? optional("attn_mask");
  if (mask) return mask.dtype === "u8" ? { mask } : { bias: mask };
  const bias = optional("bias");
  return bias ? { bias } : {};
}

const scaledDotProduct: Forward = (call) => {
  const [q, k, v] = ["q", "k", "v"].map(call.input);
  return attention(q, k, v, { ...maskOf(call, q, k), ...scaleOf(call.config) });
};

/** Mistral counts the query's own key, Longformer the keys beside it on both sides. */
const slidingWindow: Forward = (call) => {
  const [q, k, v] = ["q", "k", "v"].map(call.input);
  const causal = !call.config.string("rule").includes("|i-j|");
  return attention(q, k, v, { causal, window: call.config.number("window"), ...scaleOf(call.config) });
};

/** Attention by itself. */
export const scaledDotProductOps: AdapterTable = {
  sdpa: scaledDotProduct,
  sdpa_gqa: scaledDotProduct,
  scaled_dot_product_attention: scaledDotProduct,
  sdpa_sliding_window: slidingWindow,
};
