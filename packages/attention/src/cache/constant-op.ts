import { type Op, run, type Tensor, tidy } from "@saccade/core";

/** Not in the registry: it computes nothing, and stands for `name` in the message of a tape. */
function constantOp(name: string): Op<readonly [Tensor], null> {
  return { name, definition: { alias: ([x]) => x } };
}

/**
 * Refuses tensors of which a gradient is asked for, where it would be lost.
 *
 * @param name  begins the message
 * @throws GradientError `StaticKeyValueCache.append: has no gradient rule and no composed form, and was used where a
 *   gradient is asked for`
 */
export function requireConstant(name: string, ...tensors: readonly Tensor[]): void {
  const op = constantOp(name);
  tidy(() => {
    for (const x of tensors) run(op, [x], null);
  });
}
