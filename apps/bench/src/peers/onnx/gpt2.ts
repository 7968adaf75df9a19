import { gpt2Values, gpt2Weights } from "../../works/gpt2.ts";
import type { Parameters } from "../../works/work.ts";
import type { OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from "./model.ts";

const norm = { op: "SkipLayerNormalization", domain: "com.microsoft", floats: { epsilon: 1e-5 } } as const;

/**
 * The model of the `decode` work, as the exporters for ONNX Runtime write theirs: its fused attention with a cache, sums
 * fused into layer norms, biases into GELU; names of inputs and outputs that transformers.js knows. Logits are those
 * behind the last id.
 */
export function gpt2Graph(config: Parameters): OnnxGraph {
  const { layers, heads, width } = config;
  const indices = Array.from({ length: layers }, (_, i) => i);
  const cache = (length: string): OnnxValue => ({ dtype: "f32", shape: [1, heads, length, width / heads] });
  const each = (name: (i: number, kind: string) => string, length: string): Record<string, OnnxValue> =>
    Object.fromEntries(
      indices.flatMap((i) => ["key", "value"].map((kind) => [name(i, kind), cache(length)])),
    );
  return {
    nodes: [...beginning(), ...indices.flatMap((i) => layer(i, config)), ...ending(layers)],
    inputs: {
      input_ids: { dtype: "i64", shape: [1, "length"] },
      attention_mask: { dtype: "i64", shape: [1, "total"] },
      position_ids: { dtype: "i64", shape: [1, "length"] },
      ...each((i, kind) => `past_key_values.${i}.${kind}`, "past"),
    },
    outputs: {
      logits: [1, 1, config.vocabulary],
      ...each((i, kind) => `present.${i}.${kind}`, "total"),
    },
    constants: constantsOf(config),
  };
}

/** Embeddings, and what attention wants to know: how long the cache is. */
function beginning(): OnnxNode[] {
  return [
    { op: "ReduceSum", inputs: ["attention_mask", "one"], outputs: ["lengths"], ints: { keepdims: 0 } },
    { op: "Sub", inputs: ["lengths", "one"], outputs: ["last_places"] },
    { op: "Cast", inputs: ["last_places"], outputs: ["seqlens_k"], ints: { to: 6 } },
    { op: "Shape", inputs: ["attention_mask"], outputs: ["mask_shape"] },
    { op: "Gather", inputs: ["mask_shape", "second"], outputs: ["total"] },
    { op: "Cast", inputs: ["total"], outputs: ["total_length"], ints: { to: 6 } },
    { op: "Gather", inputs: ["wte.weight", "input_ids"], outputs: ["tokens"] },
    { op: "Gather", inputs: ["wpe.weight", "position_ids"], outputs: ["places"] },
    {
      ...norm,
      inputs: ["tokens", "places", "h.0.ln_1.weight", "h.0.ln_1.bias"],
      outputs: ["normed0", "", "", "x0"],
    },
  ];
}

/** From `x<i>`, the residual stream, and `normed<i>` to those of the next layer. */
function layer(i: number, { layers, heads }: Parameters): OnnxNode[] {
  const at = (name: string): string => `h.${i}.${name}`;
  const next = i + 1 < layers ? `h.${i + 1}.ln_1` : "ln_f";
  return [
    { op: "MatMul", inputs: [`normed${i}`, at("attn.c_attn.weight")], outputs: [at("products")] },
    { op: "Add", inputs: [at("products"), at("attn.c_attn.bias")], outputs: [at("qkv")] },
    {
      op: "GroupQueryAttention",
      domain: "com.microsoft",
      ints: { num_heads: heads, kv_num_heads: heads },
      inputs: [
        at("qkv"),
        "",
        "",
        `past_key_values.${i}.key`,
        `past_key_values.${i}.value`,
        "seqlens_k",
        "total_length",
      ],
      outputs: [at("attended"), `present.${i}.key`, `present.${i}.value`],
    },
    { op: "MatMul", inputs: [at("attended"), at("attn.c_proj.weight")], outputs: [at("out")] },
    {
      ...norm,
      inputs: [`x${i}`, at("out"), at("ln_2.weight"), at("ln_2.bias"), at("attn.c_proj.bias")],
      outputs: [at("normed"), "", "", at("x")],
    },
    { op: "MatMul", inputs: [at("normed"), at("mlp.c_fc.weight")], outputs: [at("up")] },
    {
      op: "FastGelu",
      domain: "com.microsoft",
      inputs: [at("up"), at("mlp.c_fc.bias")],
      outputs: [at("hidden")],
    },
    { op: "MatMul", inputs: [at("hidden"), at("mlp.c_proj.weight")], outputs: [at("down")] },
    {
      ...norm,
      inputs: [at("x"), at("down"), `${next}.weight`, `${next}.bias`, at("mlp.c_proj.bias")],
      outputs: [`normed${i + 1}`, "", "", `x${i + 1}`],
    },
  ];
}

function ending(layers: number): OnnxNode[] {
  return [
    { op: "Gather", inputs: [`normed${layers}`, "last"], outputs: ["last_row"], ints: { axis: 1 } },
    { op: "MatMul", inputs: ["last_row", "head"], outputs: ["logits"] },
  ];
}

function constantsOf(config: Parameters): Readonly<Record<string, OnnxConstant>> {
  const weights = gpt2Weights(config);
  const constants: Record<string, OnnxConstant> = {
    one: { shape: [1], values: BigInt64Array.of(1n) },
    second: { shape: [], values: BigInt64Array.of(1n) },
    last: { shape: [1], values: BigInt64Array.of(-1n) },
  };
  for (const [name, weight] of Object.entries(weights)) {
    constants[name] = { shape: weight.shape, values: gpt2Values(name, weight) };
  }
  const { width, vocabulary } = config;
  const head = transposed(constants["wte.weight"].values as Float32Array, vocabulary, width);
  return { ...constants, head: { shape: [width, vocabulary], values: head } };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
  }
  return result;
}
