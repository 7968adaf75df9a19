import { type Backend, type Key, linear, type Tensor, tidy, unsqueeze } from "@saccade/core";
import { Module, type Parameter } from "@saccade/core/nn";
import { gruBiases } from "../layers/gru-biases.ts";
import { runGru } from "../sequence/sequence.ts";
import { type CellConfig, cellNames, cellParameters, checkStep, zeroState } from "./cell-parameters.ts";

/**
 * One step of a GRU, for loops of one's own. The equations are those of `Gru`.
 *
 * @see Cho et al. 2014, arXiv:1406.1078, section 2.3
 * @example
 * const cell = new GruCell({ inputSize: 4, hiddenSize: 8 }, { key: new Key(0) });
 * cell.forward(ones([2, 4]), zeros([2, 8])).shape; // => [2, 8]
 */
export class GruCell extends Module {
  readonly config: CellConfig;
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | null;
  readonly bias_hh: Parameter | null;

  /** @throws ArgumentError for a value out of range, or an unknown name */
  constructor(config: CellConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    const parameters = cellParameters("GruCell", 3, config, cellNames, options);
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
      checkStep("GruCell", x, this.config.inputSize);
      const biases = this.bias_ih && this.bias_hh && gruBiases(this.bias_ih, this.bias_hh);
      const gates = unsqueeze(linear(x, this.weight_ih, biases?.gates ?? null), 1);
      const before = hidden ?? zeroState(x, this.config.hiddenSize);
      const once = { lengths: null, reverse: false };
      return runGru(gates, this.weight_hh, biases?.inside ?? null, before, once).hidden;
    });
  }
}
