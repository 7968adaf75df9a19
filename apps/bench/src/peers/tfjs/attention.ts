import { attentionCheck, attentionData } from "../../works/attention.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Tf, TfTensor } from "./tf.ts";

/** Of `[B, H, T, E]`, with a mask that is added. */
export type Attend = (
  tf: Tf,
  q: TfTensor,
  k: TfTensor,
  v: TfTensor,
  mask: TfTensor | null,
  scale: number,
) => TfTensor;

export function attention(tf: Tf, attend: Attend, parameters: Parameters): Prepared {
  const { causal, backward, length, width } = parameters;
  const data = attentionData(parameters);
  const [q, k, v, dy] = data.operands.map((values) => tf.tensor(values, data.shape));
  const mask = causal === 1 ? futureMask(tf, length) : null;
  const forward = (q: TfTensor, k: TfTensor, v: TfTensor) => attend(tf, q, k, v, mask, 1 / Math.sqrt(width));
  const results = (): TfTensor[] =>
    backward === 0 ? [forward(q, k, v)] : [forward(q, k, v), ...tf.grads(forward)([q, k, v], dy)];
  const timed = backward === 0 ? () => forward(q, k, v) : () => tf.grads(forward)([q, k, v], dy)[0];
  return {
    call: () => tf.tidy(() => void timed()),
    outputBytes: data.outputBytes,
    check: async () => tf.tidy(() => attentionCheck(results().map((it) => it.dataSync()))),
  };
}

/** TensorFlow.js has no attention: products and a softmax. */
export const composedAttend: Attend = (tf, q, k, v, mask, scale) => {
  const scores = tf.mul(tf.matMul(q, k, false, true), scale);
  return tf.matMul(tf.softmax(mask === null ? scores : tf.add(scores, mask)), v);
};

/** Added to scores: nothing where a key may be seen, as good as minus infinity where not. */
export function futureMask(tf: Tf, length: number): TfTensor {
  const values = Float32Array.from({ length: length ** 2 }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  );
  return tf.tensor(values, [1, 1, length, length]);
}
