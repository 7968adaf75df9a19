import { type Tensor, valueAndGrad } from "@saccade/core";
import { clipGradNorm } from "@saccade/core/optim";
import type { Handler } from "../../context.ts";
import { runProgram } from "../../expressions/program.ts";
import { optimizerOf } from "./torch-options.ts";

/** The parameters after each step and the loss before it, of the problem that `config` states. */
export const trajectory: Handler = async (context) => {
  const { config } = context.golden;
  const formula = config.string("problem").split(";")[0]; // loss = mean(...)
  using X = context.tensor("in/X");
  using Y = context.tensor("in/Y");
  using W = context.tensor("in/W0");
  using b = context.tensor("in/b0");
  using optimizer = optimizerOf(config, { W, b });
  const loss = (): Tensor => runProgram(formula, { X, Y, W, b }, ["loss"]).loss;
  const seen = { W: [] as number[], b: [] as number[], loss: [] as number[] };
  for (let step = 0; step < config.number("steps"); step++) {
    using result = valueAndGrad(loss, optimizer.parameters);
    if (config.has("clip_grad_norm")) {
      const { grads, norm } = clipGradNorm(result.grads, config.number("clip_grad_norm"));
      optimizer.step(grads);
      for (const each of [...grads, norm]) each.dispose();
    } else optimizer.step(result.grads);
    seen.loss.push(await result.value.item());
    seen.W.push(...(await W.data()));
    seen.b.push(...(await b.data()));
  }
  for (const [name, values] of Object.entries(seen)) context.checkValues(`out/${name}`, values);
};
