import { type Attend, composedAttend } from "./attention.ts";
import type { TfTensor } from "./tf.ts";
import { transposed } from "./tuned-matmul.ts";

/** With fewer tokens, many small ops cost more than one large one that is slow. */
const shortest = 128;

/**
 * Attention as its WebAssembly is fastest at it: that multiplies well only single matrices of which none is transposed. So
 * each head is apart, small matrices are transposed, and the gradient is written by hand, with the large ones as they are:
 * for P the weights, dV = (dYᵀ P)ᵀ, dS = P (dY Vᵀ - rows' sums of dY Y), dQ = dS K, dK = (Qᵀ dS)ᵀ.
 */
export const tunedAttend: Attend = (tf, q, k, v, mask, scale) => {
  const [batch, heads, length, width] = q.shape;
  if (length < shortest) return composedAttend(tf, q, k, v, mask, scale);
  const plain = mask === null ? null : tf.reshape(mask, [length, length]);
  const apart = (x: TfTensor): TfTensor[] => tf.unstack(tf.reshape(x, [batch * heads, length, width]));
  const together = (xs: readonly TfTensor[]): TfTensor => tf.reshape(tf.stack(xs), q.shape);
  return tf.customGrad<[TfTensor, TfTensor, TfTensor]>((q, k, v, save) => {
    const [qs, ks, vs] = [q, k, v].map(apart);
    const weights = qs.map((q, i) => {
      const scores = tf.matMul(tf.mul(q, scale), transposed(tf, ks[i]));
      return tf.softmax(plain === null ? scores : tf.add(scores, plain));
    });
    const y = together(weights.map((p, i) => tf.matMul(p, vs[i])));
    save([q, k, v, y, ...weights]);
    return { value: y, gradFunc };
  })(q, k, v);

  function gradFunc(dy: TfTensor, [q, k, v, y, ...weights]: readonly TfTensor[]): TfTensor[] {
    const [qs, ks, vs, dys] = [q, k, v, dy].map(apart);
    const sums = tf.unstack(tf.reshape(tf.sum(tf.mul(dy, y), -1), [batch * heads, length, 1]));
    const each = weights.map((p, i) => {
      const ds = tf.mul(tf.mul(p, scale), tf.sub(tf.matMul(dys[i], transposed(tf, vs[i])), sums[i]));
      return [
        tf.matMul(ds, ks[i]),
        transposed(tf, tf.matMul(transposed(tf, qs[i]), ds)),
        transposed(tf, tf.matMul(transposed(tf, dys[i]), p)),
      ];
    });
    return [0, 1, 2].map((operand) => together(each.map((gradients) => gradients[operand])));
  }
};
