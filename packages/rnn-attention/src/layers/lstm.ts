import { type OptionNames, requireKnown, requirePositiveInteger, type Tensor, tidy } from "@saccade/core";
import { Module, type Parameter } from "@saccade/core/nn";
import { projectedLstm } from "../sequence/projected-lstm.ts";
import { runLstm } from "../sequence/sequence.ts";
import { checkConfig, type RecurrentConfig, type RecurrentInit, recurrentNames } from "./config.ts";
import { createParameters, inputGates, type ParameterName, parameter } from "./parameters.ts";
import { initialStates, type LayerOptions, lastStates, readLayers } from "./stack.ts";

export interface LstmConfig extends RecurrentConfig {
  /** Width of the state where it is a projection of what the gates give (Sak et al. 2014). Default: no projection. */
  readonly projSize?: number;
}

const configNames: OptionNames<LstmConfig> = { ...recurrentNames, projSize: true };

/** States of an LSTM, `[layers directions, B, H]` each; hidden ones `[..., projSize]` with a projection. */
export interface LstmStates {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

export interface LstmOptions extends LayerOptions {
  /** Before the first step. Default zeros. */
  readonly initial?: LstmStates | undefined;
}

const optionNames: OptionNames<LstmOptions> = { key: true, lengths: true, initial: true };

export interface LstmResult extends LstmStates {
  /** The state behind each step of the last layer, `[B, T, directions H]`. */
  readonly output: Tensor;
}

/**
 * Long short-term memory. With `[i f g o] = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh`:
 * `c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g)`, `h_t = sigmoid(o) tanh(c_t)`.
 *
 * Parameters have PyTorch's names and shapes, and begin as there: `weight_ih_l0`, `weight_hh_l0_reverse` ...
 *
 * @see Hochreiter & Schmidhuber 1997, Neural Computation 9(8); Gers et al. 2000 for the forget gate
 * @example
 * const lstm = new Lstm({ inputSize: 4, hiddenSize: 8, bidirectional: true }, { key: new Key(0) });
 * const x = randn(new Key(1), [2, 5, 4]);
 * const { output, hidden, cell } = lstm.forward(x, { lengths: [5, 3] });
 * output.shape; // => [2, 5, 16]
 * hidden.shape; // => [2, 2, 8]
 * Object.keys(lstm.stateDict())[1]; // => "weight_hh_l0"
 */
export class Lstm extends Module {
  readonly config: LstmConfig;
  readonly [name: ParameterName]: Parameter;

  /** @throws ArgumentError for a value out of range, or an unknown name */
  constructor(config: LstmConfig, options: RecurrentInit) {
    super();
    checkConfig("Lstm", config, configNames);
    if (config.projSize !== undefined) requirePositiveInteger("Lstm", "projSize", config.projSize);
    this.config = config;
    Object.assign(this, createParameters(config, { gates: 4, projected: config.projSize ?? 0 }, options));
  }

  /**
   * @param x  `[B, T, inputSize]`
   * @returns every state of the last layer, and the last states of all layers
   * @throws ShapeError, ArgumentError for what does not fit
   */
  forward(x: Tensor, options: LstmOptions = {}): LstmResult {
    requireKnown("Lstm.forward", options, optionNames);
    const { initial } = options;
    return tidy(() => {
      const width = this.config.projSize ?? this.config.hiddenSize;
      const hiddenOf = initialStates("Lstm", "initial.hidden", initial?.hidden, x, this.config, width);
      const cellOf = initialStates("Lstm", "initial.cell", initial?.cell, x, this.config);
      const { output, parts } = readLayers("Lstm", x, this.config, options, (below, place) => {
        const gates = inputGates(below, this, place.suffix);
        const weight = parameter(this, `weight_hh${place.suffix}`);
        const state = { hidden: hiddenOf(place.index), cell: cellOf(place.index) };
        const projection: Parameter | undefined = this[`weight_hr${place.suffix}`];
        return projection
          ? projectedLstm(gates, weight, projection, state, place)
          : runLstm(gates, weight, state, place);
      });
      return {
        output,
        hidden: lastStates(parts.map(({ hidden }) => hidden)),
        cell: lastStates(parts.map(({ cell }) => cell)),
      };
    });
  }
}
