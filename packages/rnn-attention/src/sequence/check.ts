import {
  ArgumentError,
  DTypeError,
  formatShape,
  requireFloat,
  ShapeError,
  sameShape,
  type Tensor,
  tensor,
} from "@saccade/core";

/** Steps of each sequence, `[B]`: whole numbers that the program knows. What is behind them is padding. */
export type SequenceLengths = readonly number[] | Int32Array;

/**
 * @param states  what has to be `[B, H]`
 * @throws ShapeError, DTypeError unless everything fits the gates `[B, T, gateCount H]` and the weight `[gateCount H, H]`
 */
export function checkSequence(
  name: string,
  gateCount: number,
  gates: Tensor,
  weight: Tensor,
  states: Readonly<Record<string, Tensor>>,
): void {
  requireFloat(name, gates, "gates");
  const got = `(gates ${formatShape(gates.shape)}, weight ${formatShape(weight.shape)})`;
  const [rows, H] = weight.shape;
  if (weight.rank !== 2 || rows !== gateCount * H) {
    throw new ShapeError(`${name}: the weight must be [${gateCount} H, H] ${got}`);
  }
  if (gates.rank !== 3 || gates.shape[2] !== rows) {
    throw new ShapeError(`${name}: gates must be [batch, length, ${rows}] ${got}`);
  }
  for (const [what, state] of Object.entries(states)) {
    if (!sameShape(state.shape, [gates.shape[0], H])) {
      throw new ShapeError(
        `${name}: ${what} must be [${gates.shape[0]}, ${H}] (got ${formatShape(state.shape)})`,
      );
    }
  }
  for (const [what, x] of Object.entries({ weight, ...states })) {
    if (x.dtype !== gates.dtype) {
      throw new DTypeError(
        `${name}: ${what} must have the dtype of the gates, ${gates.dtype} (got ${x.dtype})`,
      );
    }
  }
}

/**
 * Lengths as ops take them: i32 `[B]`, where x is.
 *
 * @param x  `[B, T, ...]`
 * @throws ShapeError, ArgumentError unless there is one integer of 0 to T for each sequence
 */
export function lengthsTensor(name: string, lengths: SequenceLengths | undefined, x: Tensor): Tensor | null {
  if (lengths === undefined) return null;
  const [B, T] = x.shape;
  if (lengths.length !== B) {
    throw new ShapeError(`${name}: lengths must have ${B} numbers, one a sequence (got ${lengths.length})`);
  }
  for (const [i, length] of lengths.entries()) {
    if (Number.isInteger(length) && length >= 0 && length <= T) continue;
    throw new ArgumentError(`${name}: lengths[${i}] must be an integer of 0 to ${T} (got ${length})`);
  }
  return tensor(Int32Array.from(lengths), { shape: [B], backend: x.backend });
}
