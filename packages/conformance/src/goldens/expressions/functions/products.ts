import * as core from "@saccade/core";
import {
  at,
  type CallArgs,
  type FunctionTable,
  numberAt,
  optionalTensor,
  self,
  tensorAt,
  tensorsAt,
} from "../call-args.ts";
import { asNumbers } from "../values.ts";

function lossOptions({ keywords }: CallArgs) {
  const { reduction, ignore_index, label_smoothing, weight } = keywords;
  return {
    ...(typeof reduction === "string" ? { reduction: reduction as core.Reduction } : {}), // the loss checks it
    ...(typeof ignore_index === "number" ? { ignoreIndex: ignore_index } : {}),
    ...(typeof label_smoothing === "number" ? { labelSmoothing: label_smoothing } : {}),
    ...(weight instanceof core.Tensor ? { weight } : {}),
  };
}

/** Products of matrices, layers and losses. */
export const productFunctions: FunctionTable = {
  addmm: (args) =>
    core.addmm(self(args), tensorAt(args, 1, "mat1"), tensorAt(args, 2, "mat2"), {
      alpha: numberAt(args, 3, "alpha", 1),
      beta: numberAt(args, 4, "beta", 1),
    }),
  cosine_similarity: (args) =>
    core.cosineSimilarity(self(args), tensorAt(args, 1, "x2"), numberAt(args, 2, "dim", 1)),
  cross_entropy: (args) => core.crossEntropy(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
  einsum: (args) => core.einsum(String(at(args, 0, "equation")), ...tensorsAt(args, 1)),
  l1_loss: (args) => core.l1Loss(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
  layer_norm: (args) =>
    core.layerNorm(self(args), optionalTensor(args, 2, "weight"), optionalTensor(args, 3, "bias"), {
      normalizedShape: asNumbers(at(args, 1, "normalized_shape"), "normalized_shape"),
      eps: numberAt(args, 4, "eps", 1e-5),
    }),
  linear: (args) => core.linear(self(args), tensorAt(args, 1, "weight"), optionalTensor(args, 2, "bias")),
  matmul: (args) => core.matmul(self(args), tensorAt(args, 1, "other", "mat2", "vec")),
  mse_loss: (args) => core.mseLoss(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
  nll_loss: (args) => core.nllLoss(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
  outer: (args) => core.outer(self(args), tensorAt(args, 1, "vec2")),
};
