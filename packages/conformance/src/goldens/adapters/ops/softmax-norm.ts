import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { ModuleCall, PreparedAdapter } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { axisOf } from "./axes.ts";

/** `config.running_mean` and the like, given as numbers. */
function numbers(x: Tensor, values: readonly number[]): Tensor {
  return core.tensor([...values], { dtype: x.dtype, backend: x.backend });
}

/** Rows of -inf. They are zeros here (who may attend to nothing gets nothing), NaN in PyTorch. */
function emptyRows(call: ModuleCall): Tensor {
  return core.all(core.eq(call.inputs[0], Number.NEGATIVE_INFINITY), axisOf(call), { keepDims: true });
}

const softmax: PreparedAdapter = {
  async prepare(call) {
    if (call.inputs[0].size === 0) return {};
    const any = core.tidy(() => core.any(emptyRows(call)));
    if ((await any.item()) === 1) call.remark("softmax of a row of -inf is zeros, not NaN");
    any.dispose();
    return {};
  },
  forward(call) {
    const y = core.softmax(call.inputs[0], axisOf(call));
    const empty = core.logicalAnd(emptyRows(call), core.eq(y, 0));
    return core.where(empty, core.fullLike(y, Number.NaN), y);
  },
};

/** Softmax and normalisation. */
export const softmaxNormOps: AdapterTable = {
  softmax,
  log_softmax: (call) => core.logSoftmax(call.inputs[0], axisOf(call)),
  layer_norm: ({ input, optional, config }) =>
    core.layerNorm(input("x"), optional("weight"), optional("bias"), {
      normalizedShape: config.numbers("normalized_shape"),
      eps: config.number("eps", 1e-5),
    }),
  rms_norm: ({ input, optional, config }) =>
    core.rmsNorm(input("x"), optional("weight"), { eps: config.number("eps") }),
  group_norm: ({ input, optional, config }) =>
    core.groupNorm(input("x"), config.number("num_groups"), optional("weight"), optional("bias"), {
      eps: config.number("eps", 1e-5),
    }),
  batch_norm({ input, optional, config }) {
    const x = input("x");
    const training = config.boolean("training");
    const runningMean = numbers(x, config.numbers("running_mean"));
    const runningVar = numbers(x, config.numbers("running_var"));
    const out = core.batchNorm(x, {
      weight: optional("weight"),
      bias: optional("bias"),
      runningMean,
      runningVar,
      training,
      momentum: config.number("momentum", 0.1),
      eps: config.number("eps", 1e-5),
    });
    return { out, running_mean: runningMean, running_var: runningVar };
  },
  normalize: (call) =>
    core.normalize(call.inputs[0], call.config.number("p", 2), axisOf(call, 1), {
      eps: call.config.number("eps", 1e-12),
    }),
  cosine_similarity: (call) =>
    core.cosineSimilarity(call.inputs[0], call.inputs[1], axisOf(call, 1), {
      eps: call.config.number("eps", 1e-8),
    }),
};
