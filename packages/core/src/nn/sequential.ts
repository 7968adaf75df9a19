import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import type { ForwardOptions } from "./dropout.ts";
import { Module } from "./module.ts";

/** A function of a tensor, or a module with a forward pass of one. */
export type Layer =
  | ((x: Tensor, options: ForwardOptions) => Tensor)
  | (Module & { forward(x: Tensor, options: ForwardOptions): Tensor });

/**
 * Layers one after the other; functions count as layers. Each gets a key of its own, if there is one.
 *
 * @example
 * const mlp = new Sequential(
 *   new Linear(4, 8, { key: new Key(0) }),
 *   relu,
 *   new Dropout(0.1),
 *   new Linear(8, 2, { key: new Key(1) }),
 * );
 * mlp.forward(ones([3, 4]), { key: new Key(2) }).shape; // => [3, 2]
 */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  forward(x: Tensor, { key }: ForwardOptions = {}): Tensor {
    return tidy(() =>
      this.layers.reduce((y, layer, i) => {
        const options = { key: key?.fold(i) };
        return typeof layer === "function" ? layer(y, options) : layer.forward(y, options);
      }, x),
    );
  }
}
