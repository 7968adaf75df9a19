import { meanSquare } from "../../works/data.ts";
import { dispatchData } from "../../works/dispatch.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Tf, TfTensor } from "./tf.ts";

export function dispatch(tf: Tf, { size, links, backward }: Parameters): Prepared {
  const operands = dispatchData(size).map((values) => tf.tensor(values, [size, size]));
  const dy = tf.tensor(new Float32Array(size * size).fill(1), [size, size]);
  const chain = (x: TfTensor, w: TfTensor, b: TfTensor, c: TfTensor): TfTensor => {
    let y = x;
    for (let i = 0; i < links; i++) y = tf.relu(tf.add(tf.mul(tf.matMul(y, w), b), c));
    return y;
  };
  const [x, w, b, c] = operands;
  const run = backward === 0 ? () => chain(x, w, b, c) : () => tf.grads(chain)([x, w, b, c], dy)[0];
  return {
    call: () => tf.tidy(() => void run()),
    check: async () => tf.tidy(() => meanSquare(chain(x, w, b, c).dataSync())),
  };
}
