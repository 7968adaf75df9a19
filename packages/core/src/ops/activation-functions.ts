import type { ActivationName } from "../backend.ts";
import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh } from "./activations.ts";

/** The activations that kernels know by name. @internal */
export const activations: { readonly [N in ActivationName]: (x: Tensor) => Tensor } = {
  gelu,
  geluTanh,
  quickGelu,
  relu,
  sigmoid,
  silu,
  tanh,
};

/** @throws ArgumentError for a name that is not among them */
export function requireActivation(op: string, activation: ActivationName | null): void {
  if (activation === null || Object.hasOwn(activations, activation)) return;
  const known = Object.keys(activations).join(", ");
  throw new ArgumentError(`${op}: unknown activation "${activation}" (known: ${known})`);
}
