import { attention } from "@saccade/attention";
import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Config } from "../../config.ts";
import { below, countBelow, required, type TorchParameters } from "../torch/parameters.ts";

/** cos and sin of every position and pair of features, `[T, E/2]`. */
function angles(length: number, width: number, base: number, like: Tensor): readonly [Tensor, Tensor] {
  const table = Array.from({ length }, (_, p) =>
    Array.from({ length: width / 2 }, (_, i) => p / base ** ((2 * i) / width)),
  );
  const options = { dtype: like.dtype, backend: like.backend };
  return [
    core.tensor(
      table.map((row) => row.map(Math.cos)),
      options,
    ),
    core.tensor(
      table.map((row) => row.map(Math.sin)),
      options,
    ),
  ];
}

/** Turns the pairs of features (i, i + E/2) by the angle of their position. x `[B, H, T, E]`. */
function rotate(x: Tensor, [cos, sin]: readonly [Tensor, Tensor]): Tensor {
  const [a, b] = core.chunk(x, 2, -1);
  return core.concat(
    [core.sub(core.mul(a, cos), core.mul(b, sin)), core.add(core.mul(b, cos), core.mul(a, sin))],
    -1,
  );
}

/**
 * A small Llama by hand: what the checkpoints of this folder are.
 *
 * @param ids  `[B, T]`
 * @returns logits `[B, T, V]`
 * @see Touvron et al. 2023, arXiv:2302.13971
 */
export function llamaLogits(ids: Tensor, weights: TorchParameters, config: Config): Tensor {
  const [batch, length] = ids.shape;
  const heads = config.number("num_attention_heads");
  const keyHeads = config.number("num_key_value_heads", heads);
  const width = config.number("head_dim", config.number("hidden_size") / heads);
  const base = config.has("rope_parameters")
    ? config.section("rope_parameters").number("rope_theta")
    : config.number("rope_theta", 1e4);
  const table = required(weights, "model.embed_tokens.weight");
  const norm = (x: Tensor, weight: Tensor): Tensor =>
    core.rmsNorm(x, weight, { eps: config.number("rms_norm_eps") });
  const turn = angles(length, width, base, table);
  const split = (x: Tensor, count: number): Tensor =>
    core.permute(core.reshape(x, [batch, length, count, width]), [0, 2, 1, 3]);
  let h = core.embedding(ids, table);
  for (let i = 0; i < countBelow(weights, "model.layers."); i++) {
    const layer = below(weights, `model.layers.${i}.`);
    const project = (x: Tensor, name: string): Tensor =>
      core.linear(x, required(layer, `${name}.weight`), layer[`${name}.bias`] ?? null);
    const x = norm(h, required(layer, "input_layernorm.weight"));
    const q = rotate(split(project(x, "self_attn.q_proj"), heads), turn);
    const k = rotate(split(project(x, "self_attn.k_proj"), keyHeads), turn);
    const v = split(project(x, "self_attn.v_proj"), keyHeads);
    const seen = core.reshape(core.permute(attention(q, k, v, { causal: true }), [0, 2, 1, 3]), [
      batch,
      length,
      heads * width,
    ]);
    h = core.add(h, project(seen, "self_attn.o_proj"));
    const y = norm(h, required(layer, "post_attention_layernorm.weight"));
    const gated = core.gatedActivation(project(y, "mlp.gate_proj"), project(y, "mlp.up_proj"), "silu");
    h = core.add(h, project(gated, "mlp.down_proj"));
  }
  return core.linear(norm(h, required(weights, "model.norm.weight")), weights["lm_head.weight"] ?? table);
}
