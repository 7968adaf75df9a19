import { type OpDefinition, run, type Tensor, tidy } from "@saccade/core";

/** Computes nothing, and has no gradient. */
const definition: OpDefinition<readonly Tensor[], null> = { alias: ([x]) => x };

/**
 * Refuses tensors of which a gradient is asked for, where it would be lost.
 *
 * @param name  begins the message
 * @throws GradientError `StaticKeyValueCache.append: has no gradient rule and no composed form, and was used where a
 *   gradient is asked for`
 */
export function requireConstant(name: string, ...tensors: readonly Tensor[]): void {
  // Not in the registry: it stands for `name` in the message of a tape.
  tidy(() => void run({ name, definition }, tensors, null));
}
