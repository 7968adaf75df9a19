import type { ActivationName } from "@saccade/core/backend";

/** Every activation, typed to be total. */
const all: { readonly [N in ActivationName]: true } = {
  gelu: true,
  geluTanh: true,
  relu: true,
  silu: true,
  sigmoid: true,
  tanh: true,
  quickGelu: true,
};

export const activationNames: readonly ActivationName[] = Object.keys(all) as ActivationName[];
