import { add, type Backend, type Key, linear, type Tensor, tidy, unsqueeze } from "@saccade/core";
import { Module, type Parameter } from "@saccade/core/nn";
import { runLstm } from "../sequence/sequence.ts";
import { type CellConfig, cellNames, cellParameters, checkStep, zeroState } from "./cell-parameters.ts";

/**
 * One step of an LSTM, for loops of one's own. The equations are those of `Lstm`.
 *
 * @see Hochreiter & Schmidhuber 1997, Neural Computation 9(8)
 * @example
 * const cell = new LstmCell({ inputSize: 4, hiddenSize: 8 }, { key: new Key(0) });
 * const first = cell.forward(ones([2, 4]));
 * const second = cell.forward(ones([2, 4]), first);
 * second.hidden.shape; // => [2, 8]
 */
export class LstmCell extends Module {
  readonly config: CellConfig;
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | null;
  readonly bias_hh: Parameter | null;

  /** @throws ArgumentError for a value out of range, or an unknown name */
  constructor(config: CellConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    const parameters = cellParameters("LstmCell", 4, config, cellNames, options);
    this.config = config;
    this.weight_ih = parameters.weight_ih;
    this.weight_hh = parameters.weight_hh;
    this.bias_ih = parameters.bias_ih;
    this.bias_hh = parameters.bias_hh;
  }

  /**
   * @param x  `[B, inputSize]`
   * @param state  `[B, H]` each; default zeros
   * @returns the next state
   * @throws ShapeError for what does not fit
   */
  forward(
    x: Tensor,
    state?: { readonly hidden: Tensor; readonly cell: Tensor },
  ): { readonly hidden: Tensor; readonly cell: Tensor } {
    return tidy(() => {
      checkStep("LstmCell", x, this.config.inputSize);
      const bias = this.bias_ih && this.bias_hh && add(this.bias_ih, this.bias_hh);
      const gates = unsqueeze(linear(x, this.weight_ih, bias), 1);
      const none = (): Tensor => zeroState(x, this.config.hiddenSize);
      const before = state ?? { hidden: none(), cell: none() };
      const { hidden, cell } = runLstm(gates, this.weight_hh, before, { lengths: null, reverse: false });
      return { hidden, cell };
    });
  }
}
