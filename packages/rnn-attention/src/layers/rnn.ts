import { type OptionNames, type RnnNonlinearity, requireKnown, type Tensor, tidy } from "@saccade/core";
import { Module, type Parameter } from "@saccade/core/nn";
import { requireNonlinearity, runRnn } from "../sequence/sequence.ts";
import { checkConfig, type RecurrentConfig, type RecurrentInit, recurrentNames } from "./config.ts";
import { createParameters, inputGates, type ParameterName, parameter } from "./parameters.ts";
import { initialStates, type LayerOptions, lastStates, readLayers } from "./stack.ts";

export interface RnnConfig extends RecurrentConfig {
  /** Default "tanh". */
  readonly nonlinearity?: RnnNonlinearity;
}

const configNames: OptionNames<RnnConfig> = { ...recurrentNames, nonlinearity: true };

export interface HiddenOptions extends LayerOptions {
  /** States before the first step, `[layers directions, B, H]`. Default zeros. */
  readonly initial?: Tensor | undefined;
}

export const hiddenOptionNames: OptionNames<HiddenOptions> = { key: true, lengths: true, initial: true };

export interface HiddenResult {
  /** The state behind each step of the last layer, `[B, T, directions H]`. */
  readonly output: Tensor;
  /** The last states of all layers, `[layers directions, B, H]`. */
  readonly hidden: Tensor;
}

/**
 * A simple recurrent (Elman) network: `h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)`, f tanh or relu.
 *
 * Parameters have PyTorch's names and shapes, and begin as there: `weight_ih_l0`, `weight_hh_l0_reverse` ...
 *
 * @see Elman 1990, Cognitive Science 14(2)
 * @example
 * const rnn = new Rnn({ inputSize: 4, hiddenSize: 8, numLayers: 2 }, { key: new Key(0) });
 * const { output, hidden } = rnn.forward(randn(new Key(1), [2, 5, 4]));
 * output.shape; // => [2, 5, 8]
 * hidden.shape; // => [2, 2, 8]
 */
export class Rnn extends Module {
  readonly config: RnnConfig;
  readonly [name: ParameterName]: Parameter;

  /** @throws ArgumentError for a value out of range, or an unknown name */
  constructor(config: RnnConfig, options: RecurrentInit) {
    super();
    checkConfig("Rnn", config, configNames);
    requireNonlinearity("Rnn", config.nonlinearity ?? "tanh");
    this.config = config;
    Object.assign(this, createParameters(config, { gates: 1 }, options));
  }

  /**
   * @param x  `[B, T, inputSize]`
   * @returns every state of the last layer, and the last states of all layers
   * @throws ShapeError, ArgumentError for what does not fit
   */
  forward(x: Tensor, options: HiddenOptions = {}): HiddenResult {
    requireKnown("Rnn.forward", options, hiddenOptionNames);
    return tidy(() => {
      const stateOf = initialStates("Rnn", "initial", options.initial, x, this.config);
      const { output, parts } = readLayers("Rnn", x, this.config, options, (below, place) => {
        const gates = inputGates(below, this, place.suffix);
        const weight = parameter(this, `weight_hh${place.suffix}`);
        return runRnn(gates, weight, stateOf(place.index), this.config.nonlinearity ?? "tanh", place);
      });
      return { output, hidden: lastStates(parts.map(({ hidden }) => hidden)) };
    });
  }
}
