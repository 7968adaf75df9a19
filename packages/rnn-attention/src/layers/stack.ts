import { concat, dropout, type Key, ShapeError, slice, stack, type Tensor, zeros } from "@saccade/core";
import { lengthsTensor, type SequenceLengths } from "../sequence/check.ts";
import type { HiddenSequence, Reading } from "../sequence/sequence.ts";
import type { RecurrentConfig } from "./config.ts";
import { suffixes } from "./parameters.ts";

/** What `forward` takes beside the sequence, for every kind of layer. */
export interface LayerOptions {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  /** Steps of each sequence, `[B]`; what is behind them is padding: it changes no state, and gives zeros. */
  readonly lengths?: SequenceLengths | undefined;
}

/** One layer in one direction. */
export interface Place extends Reading {
  /** What the names of its parameters end in. */
  readonly suffix: string;
  /** Among the states: `layer * directions + direction`. */
  readonly index: number;
}

/**
 * All layers, each on what the one below gives.
 *
 * @param x  `[B, T, inputSize]`
 * @returns the output of the last layer `[B, T, directions H]`, and what every layer and direction gave
 */
export function readLayers<R extends HiddenSequence>(
  owner: string,
  x: Tensor,
  config: RecurrentConfig,
  { key, lengths: given }: LayerOptions,
  read: (x: Tensor, place: Place) => R,
): { readonly output: Tensor; readonly parts: readonly R[] } {
  const { inputSize, numLayers = 1, bidirectional = false, dropout: p = 0 } = config;
  if (x.rank !== 3 || x.shape[2] !== inputSize) {
    throw new ShapeError(`${owner}: x must be [batch, length, ${inputSize}] (got ${x.describe()})`);
  }
  const lengths = lengthsTensor(owner, given, x);
  const parts: R[] = [];
  let y = x;
  for (let layer = 0; layer < numLayers; layer++) {
    const below = layer > 0 && key && p > 0 ? dropout(y, p, key.fold(layer)) : y;
    const own = suffixes(layer, bidirectional).map((suffix, direction) =>
      read(below, { suffix, lengths, reverse: direction === 1, index: parts.length + direction }),
    );
    parts.push(...own);
    y = bidirectional
      ? concat(
          own.map(({ output }) => output),
          2,
        )
      : own[0].output;
  }
  return { output: y, parts };
}

/** Zeros, or the states that were given: checked to be `[layers directions, B, width]`, and cut by layer and direction. */
export function initialStates(
  owner: string,
  what: string,
  given: Tensor | undefined,
  x: Tensor,
  config: RecurrentConfig,
  width = config.hiddenSize,
): (index: number) => Tensor {
  const [B] = x.shape;
  if (given === undefined) {
    const none = zeros([B, width], { dtype: x.dtype, backend: x.backend });
    return () => none;
  }
  const { numLayers = 1, bidirectional = false } = config;
  const count = numLayers * (bidirectional ? 2 : 1);
  if (given.rank !== 3 || given.shape[0] !== count || given.shape[1] !== B || given.shape[2] !== width) {
    throw new ShapeError(`${owner}: ${what} must be [${count}, ${B}, ${width}] (got ${given.describe()})`);
  }
  return (index) => slice(given, index);
}

/** The last states of all layers and directions, `[layers directions, B, H]`. */
export function lastStates(states: readonly Tensor[]): Tensor {
  return stack(states, 0);
}
