import { ArgumentError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { arange } from "./arange.ts";
import { sub } from "./arithmetic.ts";
import { ge, le } from "./compare.ts";
import { full } from "./fill.ts";
import { unsqueeze } from "./reshape.ts";
import { where } from "./where.ts";

/** Column minus row, i32 `[rows, columns]`: 0 on the diagonal. */
function columnsAhead(name: string, x: Tensor, offset: number): Tensor {
  if (x.rank < 2) throw new ShapeError(`${name}: x needs two dimensions (got ${x.describe()})`);
  if (!Number.isInteger(offset))
    throw new ArgumentError(`${name}: the diagonal must be an integer (got ${offset})`);
  const [rows, columns] = x.shape.slice(-2).map((size) => arange(0, size, 1, { backend: x.backend }));
  return sub(columns, unsqueeze(rows, 1));
}

function keep(x: Tensor, mask: Tensor): Tensor {
  return where(mask, x, full([], 0, { dtype: x.dtype, backend: x.backend }));
}

/**
 * The lower triangle of the last two dimensions, with zeros above the diagonal `column = row + offset`.
 *
 * @example tril(ones([2, 3])); // => [[1, 0, 0], [1, 1, 0]]
 */
export function tril(x: Tensor, offset = 0): Tensor {
  return tidy(() => keep(x, le(columnsAhead("tril", x, offset), offset)));
}

/**
 * The upper triangle of the last two dimensions, with zeros below the diagonal `column = row + offset`.
 *
 * @example triu(ones([2, 3]), 1); // => [[0, 1, 1], [0, 0, 1]]
 */
export function triu(x: Tensor, offset = 0): Tensor {
  return tidy(() => keep(x, ge(columnsAhead("triu", x, offset), offset)));
}
