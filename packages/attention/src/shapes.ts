import { requireKnown, requirePositiveInteger, ShapeError, type Tensor } from "@saccade/core";

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

/**
 * @param sizes  those of the configuration, defaults filled in
 * @param others  what else it may hold
 * @throws ArgumentError for a field that is neither, and for a size that is no positive integer
 */
export function requireConfig(
  owner: string,
  config: object,
  sizes: Readonly<Record<string, number>>,
  ...others: readonly string[]
): void {
  const names = [...Object.keys(sizes), ...others].map((name) => [name, true]);
  requireKnown<object>(owner, config, Object.fromEntries(names));
  for (const [name, value] of Object.entries(sizes)) requirePositiveInteger(owner, name, value);
}
