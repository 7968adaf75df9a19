import type { ScanName } from "../backend.ts";
import { isFloat } from "../dtype.ts";
import { normalizeAxis } from "../layout.ts";
import { defineOp, required, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { arange } from "./arange.ts";
import { eq, logicalOr } from "./compare.ts";
import { expand } from "./expand.ts";
import { fullLike } from "./fill.ts";
import { gather } from "./gather.ts";
import { reshape } from "./reshape.ts";
import type { ValuesAndIndices } from "./top-k.ts";
import { isNan } from "./unary.ts";
import { where } from "./where.ts";

interface ScanAttrs {
  readonly op: ScanName;
  readonly axis: number;
  readonly reverse: boolean;
}

/** Values alone: gradients go through the indices. */
const runningOp = defineOp<readonly [Tensor], ScanAttrs>("runningExtremum", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: required("scan"),
  differentiable: false,
});

function runningExtremum(op: "max" | "min", x: Tensor, axis: number): ValuesAndIndices {
  return tidy(() => {
    const at = normalizeAxis(`cum${op}`, axis, x.rank);
    const extremum = runOne(runningOp, [x], { op, axis: at, reverse: false });
    const attained = isFloat(x.dtype) ? logicalOr(eq(x, extremum), isNan(x)) : eq(x, extremum);
    const along = arange(0, x.shape[at], 1, { backend: x.backend });
    const places = expand(
      reshape(
        along,
        x.shape.map((size, d) => (d === at ? size : 1)),
      ),
      x.shape,
    );
    const candidates = where(attained, places, fullLike(places, 0));
    const indices = runOne(runningOp, [candidates], { op: "max", axis: at, reverse: false });
    return { values: gather(x, indices, at), indices };
  });
}

/**
 * The largest element up to each along an axis, and where it is (the last of equals); NaN stays. The gradient goes to
 * that element.
 *
 * @example cummax(tensor([1, 3, 2]), 0).values; // => [1, 3, 3]
 */
export function cummax(x: Tensor, axis: number): ValuesAndIndices {
  return runningExtremum("max", x, axis);
}

/**
 * The smallest element up to each along an axis, and where it is (the last of equals); NaN stays. The gradient goes to
 * that element.
 *
 * @example cummin(tensor([2, 1, 3]), 0).indices; // => [0, 1, 1]
 */
export function cummin(x: Tensor, axis: number): ValuesAndIndices {
  return runningExtremum("min", x, axis);
}
