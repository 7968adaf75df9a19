import type { KeyWords } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { defineOp, fused, type Op, runOne } from "../op.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { ge } from "./compare.ts";
import { fullLike } from "./fill.ts";
import { rand } from "./random.ts";
import { where } from "./where.ts";

interface DropoutAttrs {
  readonly p: number;
  readonly key: KeyWords;
}

const dropoutOp: Op<readonly [Tensor], DropoutAttrs> = defineOp<readonly [Tensor], DropoutAttrs>("dropout", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: fused("dropout"),
  compose([x], { p, key }) {
    const kept = ge(rand(new Key(key), x.shape, { backend: x.backend }), p);
    return [where(kept, mul(x, 1 / (1 - p)), fullLike(x, 0))];
  },
  // The mask is computed again from the key; nothing is saved.
  vjp: ({ grad, attrs }) => [runOne(dropoutOp, [grad], attrs)],
});

/**
 * Zeroes each element with probability p and scales the others by `1 / (1 - p)`; the mask is a function of the key.
 *
 * @throws ArgumentError unless 0 <= p < 1
 * @see Srivastava et al. 2014, Dropout
 * @example const y = dropout(ones([4]), 0.5, new Key(0));
 */
export function dropout(x: Tensor, p: number, key: Key): Tensor {
  requireFloat("dropout", x);
  if (!(p >= 0 && p < 1)) throw new ArgumentError(`dropout: p must be in [0, 1) (got ${p})`);
  return p === 0 ? x : runOne(dropoutOp, [x], { p, key: key.words });
}
