// An op of one's own: a name, a shape rule, a definition, and (if one likes) a gradient rule that is cheaper.

import { defineOp, Key, randn, runOne, type Tensor, tensor, valueAndGrad } from "@saccade/core";
import { checkGradients } from "@saccade/core/testing";

// The squared ReLU of Primer (So et al. 2021, arXiv:2109.08668): max(x, 0)^2.
// `compose` is the definition: it is what runs, and what would be differentiated without a rule.
// `vjp` is the rule: 2 max(x, 0) times the gradient of the output. It reads the input, so `saves` keeps that.
const squaredReluOp = defineOp<[Tensor], null>("example.squaredRelu", {
  infer: ([x]) => [x],
  compose: ([x]) => [x.relu().square()],
  saves: () => ({ inputs: [0] }),
  vjp: ({ grad, inputs: [x] }) => [grad.mul(x.relu()).mul(2)],
});

function squaredRelu(x: Tensor): Tensor {
  return runOne(squaredReluOp, [x], null);
}

const x = tensor([-1, 0.5, 2]);
using result = valueAndGrad(() => squaredRelu(x).sum(), [x]);
console.log("values    ", await squaredRelu(x).array());
console.log("gradients ", await result.grads[0].array());

// A rule that is wrong is found by central differences, in f64 and along random directions; to the second order, too.
using y = randn(new Key(0), [4, 5], { dtype: "f64" });
await checkGradients(squaredRelu, [y], { order: 2 });
console.log("the rule agrees with differences");
