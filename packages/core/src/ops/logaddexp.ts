import { floatOf, promote } from "../dtype.ts";
import { broadcastShapes, normalizeAxis } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { sigmoid } from "./activations.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { maximum } from "./binary-math.ts";
import { cast } from "./cast.ts";
import { eq } from "./compare.ts";
import { concat } from "./concat.ts";
import { fullLike } from "./fill.ts";
import { narrow } from "./slice.ts";
import { abs, exp, log1p, neg } from "./unary.ts";
import { where } from "./where.ts";

/** `a - b`, 0 where they are equal, infinities too. */
function difference(a: Tensor, b: Tensor): Tensor {
  const plain = sub(a, b);
  return where(eq(a, b), fullLike(plain, 0), plain);
}

const logaddexpOp = defineOp<readonly [Tensor, Tensor], Record<never, never>>("logaddexp", {
  infer: ([a, b]) => [{ dtype: a.dtype, shape: broadcastShapes("logaddexp", a.shape, b.shape) }],
  compose: ([a, b]) => [add(maximum(a, b), log1p(exp(neg(abs(difference(a, b))))))],
  saves: () => ({ inputs: [0, 1] }),
  vjp({ grad, inputs: [a, b], needs }) {
    const ahead = difference(a, b);
    return [needs[0] ? mul(grad, sigmoid(ahead)) : null, needs[1] ? mul(grad, sigmoid(neg(ahead))) : null];
  },
});

/**
 * `log(e^a + e^b)`, without overflow.
 *
 * @example logaddexp(tensor([1000]), tensor([1000])); // => [1000.6931]
 */
export function logaddexp(a: Tensor, b: Tensor): Tensor {
  return tidy(() => {
    const dtype = floatOf(promote(a.dtype, b.dtype));
    return runOne(logaddexpOp, [cast(a, dtype), cast(b, dtype)], {});
  });
}

/**
 * `log(sum(e^x))` of the elements up to each along an axis, without overflow: by doubling, in `log2(size)` rounds.
 *
 * @see Hillis & Steele 1986, Data parallel algorithms
 * @example logcumsumexp(tensor([0, 0, 0]), 0); // => [0, 0.6931, 1.0986]
 */
export function logcumsumexp(x: Tensor, axis: number): Tensor {
  return tidy(() => {
    const at = normalizeAxis("logcumsumexp", axis, x.rank);
    const size = x.shape[at];
    let total = cast(x, floatOf(x.dtype));
    // After each round, element i holds the sum of the `2 reach` elements up to it.
    for (let reach = 1; reach < size; reach *= 2) {
      const joined = logaddexp(narrow(total, at, reach, size - reach), narrow(total, at, 0, size - reach));
      total = concat([narrow(total, at, 0, reach), joined], at);
    }
    return total;
  });
}
