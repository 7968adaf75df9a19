import {
  crossEntropy,
  mseLoss,
  type Reduction,
  reshape,
  type Tensor,
  tidy,
  valueAndGrad,
} from "@saccade/core";
import { clipGradNorm } from "@saccade/core/optim";
import type { Config } from "../../config.ts";
import type { Handler } from "../../context.ts";
import { SkipCase } from "../../skip.ts";
import { optimizerOf } from "./torch-options.ts";
import { modelOf } from "./train-models.ts";

/** `config.loss` of logits, classes last. */
function lossOf(config: Config, logits: Tensor, target: Tensor): Tensor {
  const kind = config.string("kind");
  const reduction = config.string("reduction", "mean") as Reduction; // the loss checks it
  if (kind === "mse" || kind === "mse_loss") return mseLoss(logits, target, { reduction });
  if (kind !== "cross_entropy") throw new SkipCase(`the loss is ${kind}`);
  const rows = reshape(logits, [-1, logits.shape[logits.rank - 1]]);
  return crossEntropy(rows, reshape(target, [target.size]), {
    reduction,
    ignoreIndex: config.number("ignore_index", -100),
    labelSmoothing: config.number("label_smoothing", 0),
  });
}

/** Names below `param/`, `in/`, `final/`. */
function namesBelow(tensors: readonly string[], path: string): string[] {
  return tensors.filter((name) => name.startsWith(path)).map((name) => name.slice(path.length));
}

/** A model trained for some steps: its first logits, the loss before every step, the parameters at the end. */
export const trainingTrace: Handler = async (context) => {
  const { config, entry } = context.golden;
  const text = config.string("model");
  const model = modelOf(text);
  if (!model) throw new SkipCase(`the model "${text}" is not known`);
  const tensors = entry.values.tensors as readonly string[];
  const load = (path: string): Record<string, Tensor> =>
    Object.fromEntries(namesBelow(tensors, path).map((name) => [name, context.tensor(path + name)]));
  const [parameters, inputs] = [load("param/"), load("in/")];
  const { target, ...given } = inputs;
  const [losses, norms]: number[][] = [[], []];
  using optimizer = optimizerOf(config, parameters);
  using logits = tidy(() => model(parameters, given, text));
  await context.check("out/logits0", logits);
  for (let step = 0; step < config.number("steps"); step++) {
    using result = valueAndGrad(
      () => lossOf(config.section("loss"), model(parameters, given, text), target),
      optimizer.parameters,
    );
    const clipped = clipGradNorm(result.grads, config.number("clip_grad_norm", Number.POSITIVE_INFINITY));
    optimizer.step(config.has("clip_grad_norm") ? clipped.grads : result.grads);
    losses.push(await result.value.item());
    norms.push(await clipped.norm.item());
    for (const each of [...clipped.grads, clipped.norm]) each.dispose();
  }
  context.checkValues("out/losses", losses);
  if (context.has("out/grad_norms")) context.checkValues("out/grad_norms", norms);
  for (const [name, parameter] of Object.entries(parameters)) await context.check(`final/${name}`, parameter);
  for (const each of [...Object.values(parameters), ...Object.values(inputs)]) each.dispose();
};
