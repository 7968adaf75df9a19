import { abs, add, amax, fullLike, maximum, mul, nanToNum, sum, type Tensor } from "@saccade/core";
import type { RecurrentKernels } from "@saccade/core/backend";
import { composedForm, type Form, present } from "./composed.ts";

/** The largest of the absolute values; 0 where there are none. */
function largest(x: Tensor): Tensor {
  return x.size === 0 ? sum(x) : amax(nanToNum(abs(x)));
}

/** What is added up in a gate at most: the functions of the gates are no steeper than 1. For every element. */
function forward<N extends keyof RecurrentKernels>(name: N, bias: number | null, state: number): Form<N> {
  return (inputs, attrs, outputs) => {
    const [gates, weight] = inputs;
    const products = mul(largest(sum(abs(present(weight)), 1)), add(largest(present(inputs[state])), 1));
    const size = add(largest(present(gates)), products);
    const whole = bias !== null && inputs[bias] ? add(size, largest(inputs[bias])) : size;
    return composedForm(name)(inputs, attrs, outputs).map((y) => mul(fullLike(y, 1), whole));
  };
}

/**
 * The largest gradient that comes in or goes out, for every element: slopes such as `1 - y^2` err by an epsilon of 1.
 *
 * @param given  where the gradients are among the inputs
 */
function backward<N extends keyof RecurrentKernels>(name: N, given: readonly number[]): Form<N> {
  return (inputs, attrs, outputs) => {
    const results = composedForm(name)(inputs, attrs, outputs);
    const sizes = [...given.map((i) => present(inputs[i])), ...results].map(largest);
    const size = sizes.reduce((a, b) => maximum(a, b));
    return results.map((y) => mul(fullLike(y, 1), size));
  };
}

export const recurrentMagnitudes: { readonly [N in keyof RecurrentKernels]: Form<N> } = {
  lstmSequence: forward("lstmSequence", null, 2),
  lstmSequenceBackward: backward("lstmSequenceBackward", [5, 6, 7]),
  gruSequence: forward("gruSequence", 2, 3),
  gruSequenceBackward: backward("gruSequenceBackward", [5, 6]),
  rnnSequence: forward("rnnSequence", null, 2),
  rnnSequenceBackward: backward("rnnSequenceBackward", [3, 4]),
};
