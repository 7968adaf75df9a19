import { ArgumentError } from "../errors.ts";
import { dropout } from "../ops/dropout.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** What a forward pass may be given beside its inputs. */
export interface ForwardOptions {
  /** Where dropout gets its randomness. Without one, nothing is dropped. */
  readonly key?: Key | undefined;
}

/**
 * Zeroes each element with probability `p` (a multiple of 1/65,536, as `dropout` rounds it) and scales the others by
 * `1 / (1 - p)`, if it gets a key.
 *
 * @throws ArgumentError unless 0 <= p < 1
 * @see Srivastava et al. 2014, Dropout
 * @example
 * const drop = new Dropout(0.5);
 * drop.forward(ones([3])); // => [1, 1, 1]
 * const y = drop.forward(ones([3]), { key: new Key(0) }); // of zeros and twos
 */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p < 1)) throw new ArgumentError(`Dropout: p must be in [0, 1) (got ${p})`);
    this.p = p;
  }

  /** @returns the shape of x */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return options.key ? dropout(x, this.p, options.key) : x;
  }
}
