import {
  add,
  type Backend,
  type Key,
  linear,
  type OptionNames,
  type RnnNonlinearity,
  type Tensor,
  tidy,
  unsqueeze,
} from "@saccade/core";
import { Module, type Parameter } from "@saccade/core/nn";
import { requireNonlinearity, runRnn } from "../sequence/sequence.ts";
import { type CellConfig, cellNames, cellParameters, checkStep, zeroState } from "./cell-parameters.ts";

export interface RnnCellConfig extends CellConfig {
  /** Default "tanh". */
  readonly nonlinearity?: RnnNonlinearity;
}

const configNames: OptionNames<RnnCellConfig> = { ...cellNames, nonlinearity: true };

/**
 * One step of an Elman network, for loops of one's own. The equation is that of `Rnn`.
 *
 * @see Elman 1990, Cognitive Science 14(2)
 * @example
 * const cell = new RnnCell({ inputSize: 4, hiddenSize: 8, nonlinearity: "relu" }, { key: new Key(0) });
 * cell.forward(ones([2, 4])).shape; // => [2, 8]
 */
export class RnnCell extends Module {
  readonly config: RnnCellConfig;
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | null;
  readonly bias_hh: Parameter | null;

  /** @throws ArgumentError for a value out of range, or an unknown name */
  constructor(config: RnnCellConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    requireNonlinearity("RnnCell", config.nonlinearity ?? "tanh");
    const parameters = cellParameters("RnnCell", 1, config, configNames, options);
    this.config = config;
    this.weight_ih = parameters.weight_ih;
    this.weight_hh = parameters.weight_hh;
    this.bias_ih = parameters.bias_ih;
    this.bias_hh = parameters.bias_hh;
  }

  /**
   * @param x  `[B, inputSize]`
   * @param hidden  `[B, H]`; default zeros
   * @returns the next state, `[B, H]`
   * @throws ShapeError for what does not fit
   */
  forward(x: Tensor, hidden?: Tensor): Tensor {
    return tidy(() => {
      checkStep("RnnCell", x, this.config.inputSize);
      const bias = this.bias_ih && this.bias_hh && add(this.bias_ih, this.bias_hh);
      const gates = unsqueeze(linear(x, this.weight_ih, bias), 1);
      const before = hidden ?? zeroState(x, this.config.hiddenSize);
      const once = { lengths: null, reverse: false };
      return runRnn(gates, this.weight_hh, before, this.config.nonlinearity ?? "tanh", once).hidden;
    });
  }
}
