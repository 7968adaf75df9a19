import { ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { expand } from "./expand.ts";
import { reshape } from "./reshape.ts";

/**
 * Coordinates on the grid that vectors span, views: result i varies along dimension i and equals vector i there.
 *
 * @param options.indexing  "ij" (default): dimensions in the order of the vectors; "xy": the first two exchanged
 * @throws ShapeError if a tensor has more than one dimension
 * @example const [rows, columns] = meshgrid([arange(0, 2), arange(0, 3)]); // both [2, 3]
 */
export function meshgrid(
  vectors: readonly Tensor[],
  options: { readonly indexing?: "ij" | "xy" } = {},
): Tensor[] {
  return tidy(() => {
    for (const vector of vectors) {
      if (vector.rank > 1) throw new ShapeError(`meshgrid: needs vectors (got ${vector.describe()})`);
    }
    const swap = options.indexing === "xy" && vectors.length > 1;
    const order = swap ? [vectors[1], vectors[0], ...vectors.slice(2)] : vectors;
    const shape = order.map((vector) => vector.size);
    const grids = order.map((vector, i) =>
      expand(
        reshape(
          vector,
          shape.map((size, d) => (d === i ? size : 1)),
        ),
        shape,
      ),
    );
    if (!swap) return grids;
    return [grids[1], grids[0], ...grids.slice(2)];
  });
}
