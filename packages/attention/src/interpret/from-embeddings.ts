import {
  ArgumentError,
  detach,
  keep,
  noGrad,
  type OptionNames,
  requireKnown,
  ShapeError,
  Tensor,
  tidy,
} from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { viewOf } from "./activations/activation-hooks.ts";
import { withModuleHook } from "./activations/module-hooks.ts";
import type { Score } from "./input-gradients.ts";

/** Of `fromEmbeddings`. */
export interface FromEmbeddingsOptions {
  /** Which call of the module it is, from 0 on, where it is called several times. Default 0. */
  readonly call?: number;
}

const optionNames: OptionNames<FromEmbeddingsOptions> = { call: true };

/** What `fromEmbeddings` gives. */
export interface EmbeddingScore {
  /** What the module gave: the point whose attributions are asked for. */
  readonly embeddings: Tensor;
  /** `body`, with other embeddings in their place. */
  readonly score: Score;
}

/**
 * A model's embeddings, and its score as a function of them: for `integratedGradients` and its like, of models that take
 * tokens. While `body` runs, the module's output is replaced; the model is not changed.
 *
 * @param module  whose output counts as embeddings: a table of tokens, say; any module that gives a tensor
 * @param body  runs the model: a number for each item, `[B]`
 * @param options.call  which call of the module, where it is called several times
 * @returns the embeddings, in the current scope, and the score, which calls `body` again
 * @throws ArgumentError if the module is not called as often, or gives no tensor; ShapeError, by the score, for embeddings of
 *   another shape behind the batch
 * @example
 * const table = new Embedding(10, 4, { key: new Key(0) });
 * const ids = tensor([[1, 2, 3]], { dtype: "i32" });
 * const { embeddings, score } = fromEmbeddings(table, () => table.forward(ids).square().sum([1, 2]));
 * embeddings.shape; // => [1, 3, 4]
 * integratedGradients(score, embeddings).attributions.shape; // => [1, 3, 4]
 */
export function fromEmbeddings(
  module: Module,
  body: () => Tensor,
  options: FromEmbeddingsOptions = {},
): EmbeddingScore {
  requireKnown("fromEmbeddings", options, optionNames);
  const { call = 0 } = options;
  const score: Score = (given) => tidy(() => withOutput(module, call, (out) => fit(given, out), body));
  const made: Tensor[] = [];
  const watch = (out: Tensor): Tensor => {
    made.push(keep(detach(out)));
    return out;
  };
  try {
    noGrad(() => tidy(() => void withOutput(module, call, watch, body)));
    return { embeddings: viewOf(made[0]), score };
  } finally {
    for (const kept of made) kept.dispose();
  }
}

function fit(given: Tensor, out: Tensor): Tensor {
  const fits = given.rank === out.rank && given.shape.every((size, d) => d === 0 || size === out.shape[d]);
  if (fits) return given;
  throw new ShapeError(
    `fromEmbeddings: embeddings must be ${out.describe()} but for the batch (got ${given.describe()})`,
  );
}

/** Runs `body` while one of the calls of a module gives something else. */
function withOutput<T>(module: Module, call: number, change: (out: Tensor) => Tensor, body: () => T): T {
  let calls = 0;
  const result = withModuleHook(
    [[module, "embeddings"]],
    ({ run }) => {
      const out = run();
      if (calls++ !== call) return out;
      if (out instanceof Tensor) return change(out);
      throw new ArgumentError("fromEmbeddings: the module gives no tensor");
    },
    body,
  );
  if (calls > call) return result;
  throw new ArgumentError(
    `fromEmbeddings: call ${call} of the module was asked for (it is called ${calls} times)`,
  );
}
