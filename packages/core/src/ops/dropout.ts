import { requireKnown } from "../arguments.ts";
import type { KeyWords } from "../backend.ts";
import { tensor } from "../create.ts";
import { requireFloat } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { defineOp, fused, type Op, runOne } from "../op.ts";
import { keepRule, type RowSlice } from "../random/keep-rule.ts";
import { keptElements } from "../random/kept.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { where } from "./where.ts";

interface DropoutAttrs {
  readonly p: number;
  readonly key: KeyWords;
  readonly rows?: RowSlice;
}

const dropoutOp: Op<readonly [Tensor], DropoutAttrs> = defineOp<readonly [Tensor], DropoutAttrs>("dropout", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: fused("dropout"),
  compose([x], { p, key, rows }) {
    const kept = tensor(keptElements(x.shape, p, key, rows), { shape: x.shape, backend: x.backend });
    return [where(kept, mul(x, keepRule(p).factor), 0)];
  },
  // The mask is computed again from the key; nothing is saved.
  vjp: ({ grad, attrs }) => [runOne(dropoutOp, [grad], attrs)],
});

function checkRows({ shape }: Tensor, { first, of }: RowSlice): void {
  const count = shape.at(-2);
  const inside = Number.isInteger(first) && Number.isInteger(of) && first >= 0;
  if (count !== undefined && inside && first + count <= of) return;
  throw new ArgumentError(
    `dropout: rows must lie inside a larger tensor (got first ${first} of ${of} for [${shape}])`,
  );
}

/**
 * Zeroes each element with probability p and scales the others by `1 / (1 - p)`; p is rounded to a multiple of
 * 1/65,536. What is dropped is a function of the key, the element's column and its row, which is counted along all axes
 * but the last: not of how many columns there are.
 *
 * @param options.rows  x is a part of a larger tensor, along the axis before the last from row `first` on, of `of` rows:
 * what is dropped is what would be dropped there
 * @throws ArgumentError unless 0 <= p < 1, and for rows that are not inside the larger tensor
 * @see Srivastava et al. 2014, Dropout
 * @example const y = dropout(ones([4]), 0.5, new Key(0));
 */
export function dropout(x: Tensor, p: number, key: Key, options: { readonly rows?: RowSlice } = {}): Tensor {
  requireFloat("dropout", x);
  requireKnown("dropout", options, { rows: true });
  if (!(p >= 0 && p < 1)) throw new ArgumentError(`dropout: p must be in [0, 1) (got ${p})`);
  if (options.rows) checkRows(x, options.rows);
  return keepRule(p).least === 0 ? x : runOne(dropoutOp, [x], { p, key: key.words, ...options });
}
