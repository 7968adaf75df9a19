import {
  ArgumentError,
  contiguous,
  lowered,
  type OptionNames,
  type RnnNonlinearity,
  requireKnown,
  run,
  type Tensor,
  tidy,
} from "@saccade/core";
import { lengthsTensor, type SequenceLengths } from "./check.ts";
import { gruOp } from "./gru-op.ts";
import { lstmOp } from "./lstm-op.ts";
import { rnnOp } from "./rnn-op.ts";

/** How a sequence is read. */
export interface SequenceOptions {
  /** Steps of each sequence, `[B]`; what is behind them is padding. Default: all steps. */
  readonly lengths?: SequenceLengths | undefined;
  /** From the last step to the first. Default false. */
  readonly reverse?: boolean | undefined;
}

const optionNames: OptionNames<SequenceOptions> = { lengths: true, reverse: true };

/** What a sequence of `RNN` or `GRU` gives. */
export interface HiddenSequence {
  /** The state behind each step, `[B, T, H]`; zeros where there is padding. */
  readonly output: Tensor;
  /** The last state, `[B, H]`. */
  readonly hidden: Tensor;
}

/** What a sequence of `LSTM` gives. */
export interface CellSequence extends HiddenSequence {
  /** The last cell, `[B, H]`. */
  readonly cell: Tensor;
}

/** Whose lengths are a tensor already, or null. @internal */
export interface Reading {
  readonly lengths: Tensor | null;
  readonly reverse: boolean;
}

/** Options as ops take them. */
function readingOf(name: string, options: SequenceOptions, gates: Tensor): Reading {
  requireKnown(name, options, optionNames);
  const { lengths, reverse = false } = options;
  return { lengths: lengthsTensor(name, lengths, gates), reverse };
}

/**
 * The recurrent part of an LSTM over a whole sequence. With `[i f g o] = gates_t + h_{t-1} W_hh^T`:
 * `c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g)`, `h_t = sigmoid(o) tanh(c_t)`.
 *
 * Fused where the backend has an `lstmSequence` kernel; otherwise composed, step by step.
 *
 * @param gates  what the input adds to the gates, `x W_ih^T + biases`: `[B, T, 4H]`, float
 * @param weight  W_hh, `[4H, H]`
 * @param state  before the first step, `[B, H]` each
 * @returns the states behind each step, and the last
 * @throws ShapeError, DTypeError, ArgumentError for what does not fit
 * @see Hochreiter & Schmidhuber 1997, Neural Computation 9(8); Gers et al. 2000 for the forget gate
 * @example
 * const state = { hidden: zeros([2, 3]), cell: zeros([2, 3]) };
 * const { output, hidden } = lstmSequence(zeros([2, 5, 12]), zeros([12, 3]), state, { lengths: [5, 2] });
 * output.shape; // => [2, 5, 3]
 * hidden.shape; // => [2, 3]
 */
export function lstmSequence(
  gates: Tensor,
  weight: Tensor,
  state: { readonly hidden: Tensor; readonly cell: Tensor },
  options: SequenceOptions = {},
): CellSequence {
  return tidy(() => runLstm(gates, weight, state, readingOf("lstmSequence", options, gates)));
}

/** `lstmSequence` behind its options. @internal */
export function runLstm(
  gates: Tensor,
  weight: Tensor,
  state: { readonly hidden: Tensor; readonly cell: Tensor },
  { lengths, reverse }: Reading,
): CellSequence {
  const operands = lowered(gates, contiguous(weight), contiguous(state.hidden), contiguous(state.cell));
  const [output, hidden, cell] = run(lstmOp, [...operands, lengths], { reverse });
  return { output, hidden, cell };
}

/**
 * The recurrent part of a GRU over a whole sequence. With `[r z q] = [gates_r gates_z bias] + h_{t-1} W_hh^T`, r and z
 * behind a sigmoid: `n = tanh(gates_n + r q)`, `h_t = (1 - z) n + z h_{t-1}`.
 *
 * Fused where the backend has a `gruSequence` kernel; otherwise composed, step by step.
 *
 * @param gates  what the input adds to the gates r, z, n, and the biases of r and z: `[B, T, 3H]`, float
 * @param weight  W_hh, `[3H, H]`
 * @param bias  of q, `[H]`, or null
 * @param hidden  the state before the first step, `[B, H]`
 * @throws ShapeError, DTypeError, ArgumentError for what does not fit
 * @see Cho et al. 2014, arXiv:1406.1078, section 2.3; the reset gate behind the product, as in PyTorch
 * @example gruSequence(zeros([2, 5, 9]), zeros([9, 3]), null, zeros([2, 3])).output.shape; // => [2, 5, 3]
 */
export function gruSequence(
  gates: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  hidden: Tensor,
  options: SequenceOptions = {},
): HiddenSequence {
  return tidy(() => runGru(gates, weight, bias, hidden, readingOf("gruSequence", options, gates)));
}

/** `gruSequence` behind its options. @internal */
export function runGru(
  gates: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  hidden: Tensor,
  { lengths, reverse }: Reading,
): HiddenSequence {
  const operands = lowered(gates, contiguous(weight), bias && contiguous(bias), contiguous(hidden));
  const [output, last] = run(gruOp, [...operands, lengths], { reverse });
  return { output, hidden: last };
}

/** How `rnnSequence` reads, and with which function. */
export interface RnnSequenceOptions extends SequenceOptions {
  /** Default "tanh". */
  readonly nonlinearity?: RnnNonlinearity | undefined;
}

/**
 * The recurrent part of an Elman network over a whole sequence: `h_t = f(gates_t + h_{t-1} W_hh^T)`.
 *
 * Fused where the backend has an `rnnSequence` kernel; otherwise composed, step by step.
 *
 * @param gates  `x W_ih^T + biases`: `[B, T, H]`, float
 * @param weight  W_hh, `[H, H]`
 * @param hidden  the state before the first step, `[B, H]`
 * @throws ShapeError, DTypeError, ArgumentError for what does not fit
 * @see Elman 1990, Cognitive Science 14(2)
 * @example rnnSequence(zeros([2, 5, 3]), zeros([3, 3]), zeros([2, 3]), { nonlinearity: "relu" }).output.shape; // => [2, 5, 3]
 */
export function rnnSequence(
  gates: Tensor,
  weight: Tensor,
  hidden: Tensor,
  options: RnnSequenceOptions = {},
): HiddenSequence {
  const { nonlinearity = "tanh", ...how } = options;
  requireNonlinearity("rnnSequence", nonlinearity);
  return tidy(() => runRnn(gates, weight, hidden, nonlinearity, readingOf("rnnSequence", how, gates)));
}

/** `rnnSequence` behind its options. @internal */
export function runRnn(
  gates: Tensor,
  weight: Tensor,
  hidden: Tensor,
  nonlinearity: RnnNonlinearity,
  { lengths, reverse }: Reading,
): HiddenSequence {
  const operands = lowered(gates, contiguous(weight), contiguous(hidden));
  const [output, last] = run(rnnOp, [...operands, lengths], { reverse, nonlinearity });
  return { output, hidden: last };
}

/** @throws ArgumentError unless it is one of the two */
export function requireNonlinearity(name: string, nonlinearity: RnnNonlinearity): void {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return;
  throw new ArgumentError(`${name}: nonlinearity must be "tanh" or "relu" (got ${String(nonlinearity)})`);
}
