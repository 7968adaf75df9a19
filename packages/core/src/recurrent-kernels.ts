/** The part of the Backend interface that is about recurrent layers: types only, as `backend.ts`, which includes it. */
import type { Signature, View } from "./backend.ts";

/** In which order a sequence is read. */
export interface SequenceAttrs {
  /** From the last step to the first. */
  readonly reverse: boolean;
}

export type RnnNonlinearity = "tanh" | "relu";

/**
 * Whole sequences of recurrent layers, `[B, T, ...]`: the part that depends on the step before. What the input adds to
 * the gates, `gates = x W_ih^T + biases`, is a product outside, and so are the gradients of all weights and biases.
 *
 * - gates, dy: any strides. Everything else is row-major.
 * - weight is W_hh `[G H, H]`, the gates in PyTorch's order; h0, c0, dhLast, dcLast are `[B, H]`.
 * - lengths i32 `[B]` in `[0, T]`, or null: steps from `lengths[b]` on are padding. They change no state, and their
 *   outputs and gradients are zeros. Read in reverse, a sequence begins at step `lengths[b] - 1`.
 * - What is kept for backward is f32 where data are f16: activated, cells. States are f16 in outputs only.
 */
export interface RecurrentKernels {
  /**
   * `[i f g o] = gates + h W_hh^T`, `c' = sigmoid(f) c + sigmoid(i) tanh(g)`, `h' = sigmoid(o) tanh(c')`. y holds every
   * h', cells every c', activated `[B, T, 4H]` the gates behind their functions.
   */
  lstmSequence: Signature<
    [gates: View, weight: View, h0: View, c0: View, lengths: View | null],
    [y: View, hLast: View, cLast: View, activated: View, cells: View],
    SequenceAttrs
  >;
  lstmSequenceBackward: Signature<
    [
      weight: View,
      c0: View,
      lengths: View | null,
      activated: View,
      cells: View,
      dy: View,
      dhLast: View,
      dcLast: View,
    ],
    [dGates: View, dh0: View, dc0: View],
    SequenceAttrs
  >;
  /**
   * `[r z q] = [gates_r gates_z bias] + h W_hh^T`, r and z behind a sigmoid; `n = tanh(gates_n + r q)`,
   * `h' = (1 - z) n + z h`. bias `[H]` or null; activated `[B, T, 4H]` is r, z, n, q.
   */
  gruSequence: Signature<
    [gates: View, weight: View, bias: View | null, h0: View, lengths: View | null],
    [y: View, hLast: View, activated: View],
    SequenceAttrs
  >;
  /** dGates and dHidden `[B, T, 3H]`: of the gates, and of `h W_hh^T`; they differ in their last third. */
  gruSequenceBackward: Signature<
    [weight: View, h0: View, lengths: View | null, activated: View, y: View, dy: View, dhLast: View],
    [dGates: View, dHidden: View, dh0: View],
    SequenceAttrs
  >;
  /** `h' = f(gates + h W_hh^T)`. */
  rnnSequence: Signature<
    [gates: View, weight: View, h0: View, lengths: View | null],
    [y: View, hLast: View],
    SequenceAttrs & { readonly nonlinearity: RnnNonlinearity }
  >;
  rnnSequenceBackward: Signature<
    [weight: View, lengths: View | null, y: View, dy: View, dhLast: View],
    [dGates: View, dh0: View],
    SequenceAttrs & { readonly nonlinearity: RnnNonlinearity }
  >;
}
