import {
  ArgumentError,
  cast,
  exp,
  gt,
  logSoftmax,
  mul,
  neg,
  noGrad,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  stack,
  statisticDtype,
  sub,
  sum,
  Tensor,
  tidy,
  topK,
  where,
  xlogy,
} from "@saccade/core";
import { holding, viewOf } from "../activations/activation-hooks.ts";
import { type Blocks, findBlocks } from "../activations/block-paths.ts";
import { requireSeen } from "../activations/capture-activations.ts";
import { withModuleHook } from "../activations/module-hooks.ts";
import type { ModuleTree } from "../module-paths.ts";

/** Of `logitLens`. */
export interface LensOptions {
  readonly model: ModuleTree;
  /** The blocks of the model, by path. Default the outermost `layers.0`, `layers.1` and so on, of which there is one stack. */
  readonly blocks?: Blocks;
  /** How many tokens, the likeliest first. Default 5, or the vocabulary where that is less. */
  readonly topK?: number;
}

const optionNames: OptionNames<LensOptions> = { model: true, blocks: true, topK: true };

/** What the residual stream would predict, at L places: before the first block, and behind each. */
export interface LensReadings {
  /** "input" and the paths of the blocks, L in all. */
  readonly names: readonly string[];
  /** The likeliest tokens, i32 `[L, B, T, k]`. */
  readonly tokens: Tensor;
  /** Their probabilities, `[L, B, T, k]`. */
  readonly probabilities: Tensor;
  /** Of the predictions, nats, `[L, B, T]`. */
  readonly entropy: Tensor;
  /** How far the predictions are from the model's own, `KL(model || place)`, nats, `[L, B, T]`. */
  readonly divergence: Tensor;
}

/**
 * The logit lens: what a model would predict if its residual stream went past all further blocks, through the last
 * normalisation and the unembedding, at once. `p_l = softmax(unembed(norm(h_l)))`, h_l the stream behind block l.
 *
 * Works on any model whose blocks take the stream as their first tensor and return it: `body` runs once with its blocks, and
 * once for each place with that stream in the place of all that blocks give; blocks do not compute then. Without caches:
 * they would not be appended to.
 *
 * @param body  runs the model, the same at each call; returns logits `[B, T, V]`
 * @returns in the current scope
 * @throws ArgumentError if blocks cannot be found, run more than once or give something other than the stream; for an
 *   option that is unknown
 * @see nostalgebraist 2020, interpreting GPT: the logit lens (lesswrong.com)
 * @example
 * const lookup = new Embedding(10, 4, { key: new Key(0) });
 * const block = new Linear(4, 4, { key: new Key(1) });
 * const ids = tensor([[1, 2, 3]], { dtype: "i32" });
 * const readings = logitLens(() => block.forward(lookup.forward(ids)).matmul(lookup.weight.transpose()), {
 *   model: { block },
 *   blocks: ["block"],
 *   topK: 2,
 * });
 * readings.names; // => ["input", "block"]
 * readings.tokens.shape; // => [2, 1, 3, 2]
 * readings.divergence.slice(1); // => [[0, 0, 0]]
 */
export function logitLens(body: () => Tensor, options: LensOptions): LensReadings {
  requireKnown("logitLens", options, optionNames);
  const { model, topK: wanted } = options;
  if (wanted !== undefined) requirePositiveInteger("logitLens", "topK", wanted);
  const blocks = findBlocks("logitLens", model, options.blocks);
  return holding((hold) =>
    tidy(() =>
      noGrad(() => {
        const { logits, streams } = residualStreams(blocks, body, hold);
        const final = logProbabilities(logits);
        const k = wanted ?? Math.min(5, final.shape[final.rank - 1]);
        const readings = Array.from(streams.values(), (stream) =>
          tidy(() => {
            const past = withModuleHook(blocks, () => viewOf(stream), body);
            return reading(logProbabilities(past), final, k);
          }),
        );
        const all = (name: keyof Reading): Tensor => stack(readings.map((each) => each[name]));
        return {
          names: [...streams.keys()],
          tokens: all("tokens"),
          probabilities: all("probabilities"),
          entropy: all("entropy"),
          divergence: all("divergence"),
        };
      }),
    ),
  );
}

type Reading = { readonly [name in Exclude<keyof LensReadings, "names">]: Tensor };

const logProbabilities = (logits: Tensor): Tensor =>
  logSoftmax(cast(logits, statisticDtype(logits.dtype)), -1);

/** What log-probabilities `[B, T, V]` say, beside those of the model. */
function reading(predicted: Tensor, final: Tensor, k: number): Reading {
  const { values, indices } = topK(predicted, k);
  const [p, q] = [exp(final), exp(predicted)];
  const surprise = mul(p, sub(final, predicted));
  return {
    tokens: indices,
    probabilities: exp(values),
    entropy: neg(sum(xlogy(q, q), -1)),
    divergence: sum(where(gt(p, 0), surprise, 0), -1),
  };
}

interface Streams {
  readonly logits: Tensor;
  readonly streams: ReadonlyMap<string, Tensor>;
}

/** The stream before the first block, and behind each. */
function residualStreams(
  blocks: ReturnType<typeof findBlocks>,
  body: () => Tensor,
  hold: (x: Tensor) => Tensor,
): Streams {
  const streams = new Map<string, Tensor>();
  const logits = withModuleHook(
    blocks,
    ({ path, inputs, run }) => {
      const input = inputs.find((each) => each instanceof Tensor);
      if (streams.has(path)) throw new ArgumentError(`logitLens: ${path} runs more than once`);
      if (!input) throw new ArgumentError(`logitLens: ${path} takes no tensor`);
      if (streams.size === 0) streams.set("input", hold(input));
      const output = run();
      if (!(output instanceof Tensor)) throw new ArgumentError(`logitLens: ${path} returns no tensor`);
      streams.set(path, hold(output));
      return output;
    },
    body,
  );
  requireSeen(
    "logitLens",
    blocks.map(([, path]) => path),
    new Set(streams.keys()),
  );
  return { logits, streams };
}
