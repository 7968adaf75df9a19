import { gptBatch, gptOptimizer, gptParameters } from "../../works/gpt.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import { AdamW } from "./adamw.ts";
import { futureMask } from "./attention.ts";
import { gelu, layerNorm } from "./bandwidth.ts";
import type { Style } from "./style.ts";
import type { Tf, TfTensor } from "./tf.ts";

/** The GPT in TensorFlow.js' ops. Embedding is a product with one-hot rows: its gather has no gradient on WebAssembly. */
export function step(tf: Tf, style: Style, config: Parameters): Prepared {
  const rows = config.batch * config.context;
  const start = gptParameters(config);
  const [input, target] = gptBatch(config).map((values) => tf.tensor(values, [rows, config.characters]));
  const mask = futureMask(tf, config.context);
  const optimizer = new AdamW(
    tf,
    start.map(({ values, shape }) => tf.tensor(values, shape)),
    gptOptimizer,
  );
  const gradients = tf.valueAndGrads((...parameters) =>
    loss(tf, style, config, mask, input, target, parameters),
  );
  return {
    call: () => tf.tidy(() => optimizer.step(gradients(optimizer.parameters).grads)),
    check: async () =>
      tf.tidy(() => loss(tf, style, config, mask, input, target, optimizer.parameters).dataSync()[0]),
  };
}

function loss(
  tf: Tf,
  style: Style,
  config: Parameters,
  mask: TfTensor,
  input: TfTensor,
  target: TfTensor,
  parameters: readonly TfTensor[],
): TfTensor {
  const { matMul } = style;
  const { batch, context, width, layers } = config;
  const [tokens, positions, ...rest] = parameters;
  const embedded = tf.reshape(matMul(tf, input, tokens), [batch, context, width]);
  let x = tf.reshape(tf.add(embedded, positions), [batch * context, width]); // [B T, D]
  for (let layer = 0; layer < layers; layer++) {
    const [norm1, qkv, out, norm2, up, down] = rest.slice(6 * layer, 6 * layer + 6);
    const mixed = selfAttention(tf, style, config, mask, matMul(tf, layerNorm(tf, x, norm1), qkv));
    x = tf.add(x, matMul(tf, mixed, out));
    x = tf.add(x, matMul(tf, gelu(tf, matMul(tf, layerNorm(tf, x, norm2), up)), down));
  }
  const logits = matMul(tf, layerNorm(tf, x, rest[6 * layers]), tokens, true);
  const right = tf.sum(tf.mul(logits, target), 1);
  return tf.mean(tf.sub(tf.logSumExp(logits, 1), right));
}

function selfAttention(tf: Tf, style: Style, config: Parameters, mask: TfTensor, qkv: TfTensor): TfTensor {
  const { batch, context, heads, width } = config;
  const [q, k, v] = tf
    .split(qkv, 3, 1)
    .map((it) => tf.transpose(tf.reshape(it, [batch, context, heads, width / heads]), [0, 2, 1, 3]));
  const y = style.attend(tf, q, k, v, mask, 1 / Math.sqrt(width / heads)); // [B, H, T, E]
  return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [batch * context, width]);
}
