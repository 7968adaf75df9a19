import { linear, requireKnown, type Tensor, tidy } from "@saccade/core";
import { Module, type Parameter } from "@saccade/core/nn";
import { runGru } from "../sequence/sequence.ts";
import { checkConfig, type RecurrentConfig, type RecurrentInit, recurrentNames } from "./config.ts";
import { gruBiases } from "./gru-biases.ts";
import { createParameters, type ParameterName, parameter } from "./parameters.ts";
import { type HiddenOptions, type HiddenResult, hiddenOptionNames } from "./rnn.ts";
import { initialStates, lastStates, readLayers } from "./stack.ts";

/**
 * Gated recurrent units: `r = sigmoid(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)`, z alike,
 * `n = tanh(W_in x_t + b_in + r (W_hn h_{t-1} + b_hn))`, `h_t = (1 - z) n + z h_{t-1}`.
 *
 * Parameters have PyTorch's names and shapes, and begin as there: `weight_ih_l0`, `weight_hh_l0_reverse` ...
 *
 * @see Cho et al. 2014, arXiv:1406.1078, section 2.3; the reset gate behind the product, as in PyTorch
 * @example
 * const gru = new Gru({ inputSize: 4, hiddenSize: 8 }, { key: new Key(0) });
 * const x = randn(new Key(1), [2, 5, 4]);
 * const first = gru.forward(x.narrow(1, 0, 3));
 * const rest = gru.forward(x.narrow(1, 3, 2), { initial: first.hidden });
 * const whole = gru.forward(x);
 * await rest.hidden.sub(whole.hidden).abs().amax().item() < 1e-6; // => true
 */
export class Gru extends Module {
  readonly config: RecurrentConfig;
  readonly [name: ParameterName]: Parameter;

  /** @throws ArgumentError for a value out of range, or an unknown name */
  constructor(config: RecurrentConfig, options: RecurrentInit) {
    super();
    checkConfig("Gru", config, recurrentNames);
    this.config = config;
    Object.assign(this, createParameters(config, { gates: 3 }, options));
  }

  /**
   * @param x  `[B, T, inputSize]`
   * @returns every state of the last layer, and the last states of all layers
   * @throws ShapeError, ArgumentError for what does not fit
   */
  forward(x: Tensor, options: HiddenOptions = {}): HiddenResult {
    requireKnown("Gru.forward", options, hiddenOptionNames);
    return tidy(() => {
      const stateOf = initialStates("Gru", "initial", options.initial, x, this.config);
      const { output, parts } = readLayers("Gru", x, this.config, options, (below, place) => {
        const { suffix, index } = place;
        const ih: Parameter | undefined = this[`bias_ih${suffix}`];
        const biases = ih ? gruBiases(ih, parameter(this, `bias_hh${suffix}`)) : null;
        const gates = linear(below, parameter(this, `weight_ih${suffix}`), biases?.gates ?? null);
        return runGru(
          gates,
          parameter(this, `weight_hh${suffix}`),
          biases?.inside ?? null,
          stateOf(index),
          place,
        );
      });
      return { output, hidden: lastStates(parts.map(({ hidden }) => hidden)) };
    });
  }
}
