import { requireKey } from "../arguments.ts";
import { embedding, paddingRow } from "../ops/embedding.ts";
import { zeros } from "../ops/fill.ts";
import { assign } from "../ops/in-place.ts";
import { narrow } from "../ops/slice.ts";
import type { Key } from "../random/key.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { type InitOptions, normal } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface EmbeddingOptions extends InitOptions {
  readonly key: Key;
  /** Standard deviation of the initial rows; default 1, as in PyTorch. */
  readonly std?: number;
  /** The row of padding: zeros at first, and no gradient ever. Negative counts from the end. Default: none. */
  readonly paddingIdx?: number;
}

/**
 * A table of rows, looked up by index.
 *
 * @throws ArgumentError if `paddingIdx` is no row
 * @example
 * const table = new Embedding(10, 4, { key: new Key(0), paddingIdx: 0 });
 * const rows = table.forward(tensor([[1, 2], [3, 0]], { dtype: "i32" }));
 * rows.shape; // => [2, 2, 4]
 * rows.slice(1, 1); // => [0, 0, 0, 0]
 */
export class Embedding extends Module {
  readonly weight: Parameter;
  readonly paddingIdx: number | null;

  constructor(count: number, width: number, options: EmbeddingOptions) {
    super();
    requireKey("Embedding", options);
    const { key, std = 1, paddingIdx, ...where } = options;
    const padding = paddingRow("Embedding", paddingIdx, count);
    this.paddingIdx = padding;
    this.weight = new Parameter(normal(key, [count, width], std, where));
    if (padding !== null) tidy(() => assign(narrow(this.weight, 0, padding, 1), zeros([1, width], where)));
  }

  /**
   * @param index  `[...]`, i32 in `[0, count)`
   * @returns `[..., width]`; rows of NaN for an index out of range
   */
  forward(index: Tensor): Tensor {
    return embedding(index, this.weight, this.paddingIdx === null ? {} : { paddingIdx: this.paddingIdx });
  }
}
