import type { ActivationName } from "../backend.ts";
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
