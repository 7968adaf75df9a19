import { ShapeError, type Tensor } from "@saccade/core";

/** @throws ShapeError unless x has these sizes; a letter stands for any size */
export function requireShape(
  owner: string,
  name: string,
  x: Tensor,
  sizes: readonly (number | string)[],
): void {
  if (x.rank === sizes.length && sizes.every((size, d) => typeof size === "string" || size === x.shape[d])) {
    return;
  }
  throw new ShapeError(`${owner}: ${name} must be [${sizes.join(", ")}] (got ${x.describe()})`);
}
