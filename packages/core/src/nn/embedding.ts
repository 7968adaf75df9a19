import type { Backend } from "../backend.ts";
import { requireDtype } from "../dtype.ts";
import { indexSelect } from "../ops/gather.ts";
import { reshape } from "../ops/reshape.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { normal } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface EmbeddingOptions {
  readonly key: Key;
  /** Standard deviation of the initial rows; default 1, as in PyTorch. */
  readonly std?: number;
  readonly backend?: Backend;
}

/**
 * A table of rows, looked up by index.
 *
 * @example
 * const table = new Embedding(10, 4, { key: new Key(0) });
 * const rows = table.forward(tensor([[1, 2], [3, 3]], { dtype: "i32" })); // [2, 2, 4]
 */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(count: number, width: number, options: EmbeddingOptions) {
    super();
    const { key, std = 1, ...where } = options;
    this.weight = new Parameter(normal(key, [count, width], std, where));
  }

  /** @param index  `[...]`, i32 in [0, count) @returns `[..., width]`; NaN rows for an index out of range */
  forward(index: Tensor): Tensor {
    requireDtype("Embedding", index, "i32", "index");
    const rows = indexSelect(this.weight, reshape(index, [index.size]), 0);
    return reshape(rows, [...index.shape, this.weight.shape[1]]);
  }
}
