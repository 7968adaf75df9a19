import type { Reduction, Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Config } from "../../config.ts";
import type { ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";

function reductionOf(config: Config): { readonly reduction: Reduction } {
  const name = config.string("reduction", "mean");
  if (name !== "mean" && name !== "sum" && name !== "none") throw new Error(`config.reduction is "${name}"`);
  return { reduction: name };
}

function classOptions({ config, optional }: ModuleCall) {
  return {
    ...reductionOf(config),
    weight: optional("weight"),
    ...(config.has("ignore_index") ? { ignoreIndex: config.number("ignore_index") } : {}),
  };
}

/** Targets one after the other (PyTorch takes them so, too) as rows; behind their ends stands anything. */
function paddedTargets(targets: Tensor, lengths: readonly number[]): Tensor {
  if (targets.rank !== 1) return targets;
  const width = Math.max(...lengths);
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
  const rows = starts.map((start) =>
    Array.from({ length: width }, (_, s) => Math.min(start + s, targets.size - 1)),
  );
  return core.take(targets, core.tensor(rows, { dtype: "i32", backend: targets.backend }));
}

/** Losses. */
export const lossOps: AdapterTable = {
  cross_entropy: (call) =>
    core.crossEntropy(call.input("input"), call.input("target"), {
      ...classOptions(call),
      labelSmoothing: call.config.number("label_smoothing", 0),
    }),
  // The input is logits: `config.expr` takes their logarithms first.
  nll_loss: (call) =>
    core.nllLoss(core.logSoftmax(call.input("input"), 1), call.input("target"), classOptions(call)),
  bce: ({ inputs: [p, target], optional, config }) =>
    core.binaryCrossEntropy(p, target, { ...reductionOf(config), weight: optional("weight") }),
  bce_with_logits: ({ inputs: [x, target], optional, config }) =>
    core.binaryCrossEntropyWithLogits(x, target, {
      ...reductionOf(config),
      weight: optional("weight"),
      posWeight: optional("pos_weight"),
    }),
  mse_loss: ({ inputs: [x, target], config }) => core.mseLoss(x, target, reductionOf(config)),
  l1_loss: ({ inputs: [x, target], config }) => core.l1Loss(x, target, reductionOf(config)),
  smooth_l1_loss: ({ inputs: [x, target], config }) =>
    core.smoothL1Loss(x, target, { ...reductionOf(config), beta: config.number("beta", 1) }),
  huber_loss: ({ inputs: [x, target], config }) =>
    core.huberLoss(x, target, { ...reductionOf(config), delta: config.number("delta", 1) }),
  kl_div: ({ inputs: [x, target], config }) =>
    core.klDiv(x, target, {
      reduction:
        config.string("reduction", "mean") === "batchmean" ? "batchmean" : reductionOf(config).reduction,
      logTarget: config.boolean("log_target", false),
    }),
  triplet_margin_loss: ({ inputs: [anchor, positive, negative], config }) =>
    core.tripletMarginLoss(anchor, positive, negative, {
      ...reductionOf(config),
      margin: config.number("margin", 1),
      p: config.number("p", 2),
      eps: config.number("eps", 1e-6),
      swap: config.boolean("swap", false),
    }),
  ctc_loss: ({ input, config }) =>
    core.ctcLoss(
      core.logSoftmax(input("logits"), -1),
      paddedTargets(input("targets"), config.numbers("target_lengths")),
      config.numbers("input_lengths"),
      config.numbers("target_lengths"),
      {
        ...reductionOf(config),
        blank: config.number("blank", 0),
        zeroInfinity: config.boolean("zero_infinity", false),
      },
    ),
};
