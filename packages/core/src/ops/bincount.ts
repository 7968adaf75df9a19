import { requireDtype } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { read } from "../read.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { expand } from "./expand.ts";
import { full } from "./fill.ts";
import { scatterAddInto } from "./gather.ts";

/**
 * How often each integer occurs, or the sum of its weights: `out[x[i]] += weights[i]`. Waits for the backend, because
 * the largest of them is data; `scatterAddInto` does the same at once for a known size.
 *
 * @param x  i32 `[N]`, not negative
 * @param options.weights  `[N]`; default ones
 * @param options.minLength  the least size of the result; default 0
 * @returns `[max(x) + 1]` or longer; i32, or the dtype of the weights
 * @throws ArgumentError if an integer is negative
 * @example await bincount(tensor([0, 2, 2], { dtype: "i32" })); // => [1, 0, 2]
 */
export async function bincount(
  x: Tensor,
  options: { readonly weights?: Tensor; readonly minLength?: number } = {},
): Promise<Tensor> {
  const { weights, minLength = 0 } = options;
  requireDtype("bincount", x, "i32");
  if (x.rank !== 1 || (weights && (weights.rank !== 1 || weights.size !== x.size))) {
    throw new ShapeError(
      `bincount: needs one dimension, and a weight for each (got ${x.describe()}, ${weights?.describe()})`,
    );
  }
  // Handles of their own: the caller's scope may end while the integers are read.
  const index = x.share();
  const given = weights?.share();
  try {
    let [least, most] = [0, -1];
    for (const n of await read(x)) [least, most] = [Math.min(least, n), Math.max(most, n)];
    if (least < 0) throw new ArgumentError(`bincount: integers must not be negative (got ${least})`);
    const length = Math.max(minLength, most + 1);
    const one = (): Tensor => expand(full([], 1, { dtype: "i32", backend: index.backend }), [index.size]);
    return tidy(() => scatterAddInto([length], index, given ?? one(), 0));
  } finally {
    index.dispose();
    given?.dispose();
  }
}
