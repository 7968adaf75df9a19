import {
  AdditiveAttention,
  type Attended,
  ConcatAttention,
  DotAttention,
  GeneralAttention,
} from "@saccade/attention";
import { Key, squeeze, type Tensor, unsqueeze } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import type { Forward, ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { functionalCall } from "../torch/functional-call.ts";

type Layer = Module & {
  forward(query: Tensor, keys: Tensor, options: { readonly mask: Tensor | null }): Attended;
};

/** Attention of one query for each sequence, `[B, Dq]`, with the parameters of a case under our names. */
function attend({ input, optional }: ModuleCall, layer: Layer, params: Readonly<Record<string, Tensor>>) {
  using owned = layer;
  const mask = optional("mask");
  const { context, weights } = functionalCall(owned, params, () =>
    owned.forward(unsqueeze(input("query"), 1), input("keys"), { mask: mask && unsqueeze(mask, 1) }),
  );
  return { context: squeeze(context, 1), weights: squeeze(weights, 1) };
}

function sizesOf({ input, params }: ModuleCall) {
  const [queryDim, keyDim] = [input("query"), input("keys")].map(({ shape }) => shape[shape.length - 1]);
  const attentionDim = params["v.weight"]?.shape[1] ?? keyDim;
  return { queryDim, keyDim, attentionDim, made: { key: new Key(0), backend: input("query").backend } };
}

const bahdanau: Forward = (call) => {
  const { made, ...sizes } = sizesOf(call);
  const { params } = call;
  const bias = params["W.bias"];
  return attend(call, new AdditiveAttention({ ...sizes, bias: bias !== undefined }, made), {
    "queryProjection.weight": params["W.weight"],
    "keyProjection.weight": params["U.weight"],
    "scoreProjection.weight": params["v.weight"],
    ...(bias ? { "queryProjection.bias": bias } : {}),
  });
};

const luong: Forward = (call) => {
  const { made, attentionDim, ...sizes } = sizesOf(call);
  const { config, params } = call;
  switch (config.string("kind")) {
    case "dot":
      return attend(call, new DotAttention(), {});
    case "general":
      return attend(call, new GeneralAttention(sizes, made), { "keyProjection.weight": params["W.weight"] });
    case "concat":
      return attend(call, new ConcatAttention({ ...sizes, attentionDim }, made), {
        "projection.weight": params["W.weight"],
        "scoreProjection.weight": params["v.weight"],
      });
    default:
      throw new Error(`there is no Luong attention "${config.string("kind")}"`);
  }
};

/** Attention of recurrent decoders, by ours. */
export const sequenceAttentionOps: AdapterTable = { bahdanau, luong };
