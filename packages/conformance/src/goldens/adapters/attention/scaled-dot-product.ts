import { type AttentionSpec, alibiSlopes, attention } from "@saccade/attention";
import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Config } from "../../config.ts";
import type { Handler } from "../../context.ts";
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

/** Who may attend where, and what is added to scores: all that the case has of both. */
function maskOf({ optional, config }: ModuleCall, q: Tensor, k: Tensor): AttentionSpec {
  const masks = [optional("mask"), optional("attn_mask"), optional("bias")].filter((mask) => mask !== null);
  const biases = masks.filter(({ dtype }) => dtype !== "u8");
  const allowed = masks.filter(({ dtype }) => dtype === "u8");
  const upper = config.boolean("is_causal", false);
  const square = q.shape[2] === k.shape[2];
  if (upper && !square) allowed.push(upperLeft(q, k));
  return {
    causal: (upper && square) || config.string("convention", "").startsWith("lower-right"),
    ...(allowed.length > 0 ? { mask: allowed.reduce((a, b) => core.logicalAnd(a, b)) } : {}),
    ...(biases.length > 0 ? { bias: biases.reduce((a, b) => core.add(a, b)) } : {}),
  };
}

/** PyTorch needs no heads, and no batch. */
const scaledDotProduct: Forward = (call) => {
  const given = ["q", "k", "v"].map(call.input);
  const missing = 4 - given[0].rank;
  const [q, k, v] = given.map((x) => core.reshape(x, [...Array<number>(missing).fill(1), ...x.shape]));
  const result = attention(q, k, v, { ...maskOf(call, q, k), ...scaleOf(call.config) });
  return core.reshape(result, result.shape.slice(missing));
};

/** Mistral counts the query's own key, Longformer the keys beside it on both sides. */
const slidingWindow: Forward = (call) => {
  const [q, k, v] = ["q", "k", "v"].map(call.input);
  const causal = !call.config.string("rule").includes("|i-j|");
  return attention(q, k, v, { causal, window: call.config.number("window"), ...scaleOf(call.config) });
};

/** The published slopes, on causal attention. */
const linearBiases: Forward = ({ input }) => {
  const [q, k, v] = ["q", "k", "v"].map(input);
  return attention(q, k, v, { causal: true, alibi: true });
};

const slopes: Handler = async (context) => {
  const { backend, float, golden } = context;
  using table = core.tensor(alibiSlopes(golden.config.number("num_heads")), { dtype: float, backend });
  await context.check("out/slopes", table);
};

/** What is computed without inputs. */
export const scaledDotProductHandlers: Readonly<Record<string, Handler>> = { alibi_slopes: slopes };

/** Attention by itself. */
export const scaledDotProductOps: AdapterTable = {
  alibi_attention: linearBiases,
  sdpa: scaledDotProduct,
  sdpa_gqa: scaledDotProduct,
  scaled_dot_product_attention: scaledDotProduct,
  sdpa_sliding_window: slidingWindow,
};
