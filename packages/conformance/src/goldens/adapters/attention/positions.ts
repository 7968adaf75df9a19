import {
  attention,
  RotaryPositions,
  relativePositionBucket,
  sinusoidalPositions,
  transformerXlAttention,
} from "@saccade/attention";
import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Handler } from "../../context.ts";
import type { Forward, ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";

/** Turns a tensor of a case by the case's places. */
function rotator({ config, optional }: ModuleCall, x: Tensor, interleaved: boolean): (x: Tensor) => Tensor {
  const factor = config.number("linear_scale", 1);
  const rotary = new RotaryPositions({
    dim: config.number("rotary_dim", x.shape[3]),
    base: config.number("base", 10000),
    interleaved,
    ...(factor === 1 ? {} : { scaling: { ropeType: "linear", factor } }),
  });
  const options = { dtype: x.dtype, backend: x.backend };
  const ids = optional("pos");
  const [start = 0] = (config.values.positions as readonly number[] | undefined) ?? [];
  const tables = ids ? rotary.tablesAt(ids, options) : rotary.tables({ length: x.shape[2], start }, options);
  return (it) => rotary.rotate(it, tables);
}

const rotated =
  (interleaved: boolean): Forward =>
  (call) => {
    const x = call.input("x");
    return rotator(call, x, interleaved)(x);
  };

const rotatedAttention =
  (interleaved: boolean): Forward =>
  (call) => {
    const [q, k, v] = ["q", "k", "v"].map(call.input);
    const turn = rotator(call, q, interleaved);
    return attention(turn(q), turn(k), v, { causal: call.config.boolean("is_causal") });
  };

/** T5's attention, with the bias of its buckets. */
const bucketed: Forward = ({ input, config }) => {
  const [q, k, v, table] = ["q", "k", "v", "rel_bias"].map(input);
  const [queries, keys] = [q.shape[2], k.shape[2]];
  const options = bucketOptions(config);
  const buckets = Int32Array.from({ length: queries * keys }, (_, n) =>
    relativePositionBucket((n % keys) - Math.floor(n / keys), options),
  );
  const rows = core.indexSelect(table, core.tensor(buckets, { backend: q.backend }), 0);
  const bias = core.reshape(core.transpose(rows, 0, 1), [1, table.shape[1], queries, keys]);
  return attention(q, k, v, { bias, scale: config.number("scale") });
};

const bucketOptions = (config: ModuleCall["config"]) => ({
  numBuckets: config.number("num_buckets"),
  maxDistance: config.number("max_distance"),
  bidirectional: config.boolean("bidirectional"),
});

/** A whole layer, whose matrices multiply from the right: memory and segment are keys, the segment alone asks. */
const transformerXl: Forward = ({ input, config }) => {
  const [w, mem, wq, wk, wv, wr, wo, u, vb] = ["w", "mem", "Wq", "Wk", "Wv", "Wr", "Wo", "u", "vb"].map(
    input,
  );
  const [heads, width] = [config.number("heads"), config.number("d_head")];
  const all = mem.shape[1] > 0 ? core.concat([mem, w], 1) : w;
  const [batch, queries, keys] = [w.shape[0], w.shape[1], all.shape[1]];
  const split = (x: Tensor): Tensor =>
    core.transpose(core.reshape(x, [x.shape[0], x.shape[1], heads, width]), 1, 2);
  const encodings = distancesFrom(keys, queries, wr);
  const distances = split(core.reshape(core.matmul(encodings, wr), [1, encodings.shape[0], heads * width]));
  const terms = {
    distances: core.squeeze(distances, 0),
    contentBias: core.reshape(u, [heads, width]),
    positionBias: core.reshape(vb, [heads, width]),
  };
  const [q, k, v] = [core.matmul(w, wq), core.matmul(all, wk), core.matmul(all, wv)].map(split);
  const y = transformerXlAttention(q, k, v, terms, { causal: true });
  return core.matmul(core.reshape(core.transpose(y, 1, 2), [batch, queries, heads * width]), wo);
};

/** Sinusoids of the distances keys - 1 ... -(queries - 1). */
function distancesFrom(keys: number, queries: number, like: Tensor): Tensor {
  const options = { form: "transformer-xl", dtype: like.dtype, backend: like.backend } as const;
  const table = sinusoidalPositions(keys + queries - 1, like.shape[0], { ...options, start: 1 - queries });
  return core.flip(table, [0]);
}

const buckets: Handler = async (context) => {
  const { golden, backend } = context;
  const options = bucketOptions(golden.config);
  const distances = context.stored("in/relative_position");
  const found = Array.from(distances.values, (d) => relativePositionBucket(Number(d), options));
  using table = core.tensor(Int32Array.from(found), { shape: distances.shape, backend });
  await context.check("out/bucket", table);
};

/** Positions that come into attention by turning, or by biases. */
export const positionOps: AdapterTable = {
  rope_interleaved: rotated(true),
  rope_half: rotated(false),
  rope_interleaved_attention: rotatedAttention(true),
  rope_half_attention: rotatedAttention(false),
  t5_attention: bucketed,
  transformer_xl_attention: transformerXl,
};
export const positionHandlers: Readonly<Record<string, Handler>> = { t5_relative_position_bucket: buckets };
