import { gptBatch, gptOptimizer, gptParameters } from "../../works/gpt.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import { AdamW } from "./adamw.ts";
import type { Jax, JaxArray } from "./jax.ts";

/** The GPT in jax-js; loss and gradients are one compiled function, the optimizer another. */
export function step(jax: Jax, config: Parameters): Prepared {
  const np = jax.numpy;
  const rows = config.batch * config.context;
  const start = gptParameters(config);
  const [input, target] = gptBatch(config).map((values) =>
    np.array(values, { shape: [rows, config.characters] }),
  );
  const optimizer = new AdamW(
    jax,
    start.map(({ values, shape }) => np.array(values, { shape })),
    gptOptimizer,
  );
  const gradients = jax.jit(
    jax.valueAndGrad((parameters, input, target) => loss(jax, config, parameters, input, target)),
  );
  return {
    async call() {
      const parameters = optimizer.parameters.map((it) => it.ref);
      const [value, grads] = gradients(parameters, input.ref, target.ref);
      value.dispose();
      await optimizer.step(grads);
    },
    async check() {
      const parameters = optimizer.parameters.map((it) => it.ref);
      return (await loss(jax, config, parameters, input.ref, target.ref).data())[0];
    },
  };
}

function loss(
  jax: Jax,
  { batch, context, heads, width, layers }: Parameters,
  parameters: readonly JaxArray[],
  input: JaxArray,
  target: JaxArray,
): JaxArray {
  const { numpy: np, nn } = jax;
  const [tokens, positions, ...rest] = parameters;
  const norm = (x: JaxArray, gain: JaxArray): JaxArray => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(gain);
  const embedded = np.matmul(input, tokens.ref).reshape([batch, context, width]).add(positions);
  let x = embedded.reshape([batch * context, width]); // [B T, D]
  for (let layer = 0; layer < layers; layer++) {
    const [norm1, qkv, out, norm2, up, down] = rest.slice(6 * layer, 6 * layer + 6);
    const [q, k, v] = np
      .split(np.matmul(norm(x.ref, norm1), qkv), 3, 1)
      .map((it) => it.reshape([batch, context, heads, width / heads]));
    const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([batch * context, width]);
    x = x.add(np.matmul(mixed, out));
    const hidden = nn.gelu(np.matmul(norm(x.ref, norm2), up), { approximate: false });
    x = x.add(np.matmul(hidden, down));
  }
  const logits = np.matmul(norm(x, rest[6 * layers]), np.transpose(tokens));
  return np.sum(nn.logSoftmax(logits, 1).mul(target)).mul(-1 / (batch * context));
}
