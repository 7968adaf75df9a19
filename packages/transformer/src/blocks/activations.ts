import {
  type ActivationName,
  ArgumentError,
  gelu,
  geluTanh,
  quickGelu,
  relu,
  sigmoid,
  silu,
  type Tensor,
  tanh,
} from "@saccade/core";

/** The functions that configurations name. */
export const activations: { readonly [N in ActivationName]: (x: Tensor) => Tensor } = {
  gelu,
  geluTanh,
  quickGelu,
  relu,
  sigmoid,
  silu,
  tanh,
};

/** @throws ArgumentError unless the name is one of `activations` */
export function requireActivation(owner: string, name: string): void {
  if (Object.hasOwn(activations, name)) return;
  const known = Object.keys(activations).join(", ");
  throw new ArgumentError(`${owner}: unknown activation "${name}" (known: ${known})`);
}
