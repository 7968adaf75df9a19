import {
  any,
  exp,
  expand,
  logicalNot,
  logicalOr,
  logSoftmax,
  mul,
  type OptionNames,
  pad,
  requireDtype,
  requireKnown,
  requirePositiveInteger,
  scatterAdd,
  sub,
  type Tensor,
  tidy,
  unsqueeze,
} from "@saccade/core";
import { Module } from "@saccade/core/nn";
import { showWeights, tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireShape } from "../shapes.ts";
import { AdditiveAttention, type AdditiveAttentionConfig } from "./additive-attention.ts";
import { type LayerOptions, type MemoryOptions, maskScores } from "./attended.ts";

/** Which places may be pointed at. */
type PointerOptions = Pick<MemoryOptions, "mask">;

const optionNames: OptionNames<PointerOptions> = { mask: true };

/**
 * A pointer: attention whose weights are the answer, a place of the input.
 * `u_ij = v . tanh(W_1 k_j + W_2 q_i)`, `p(C_i = j) = softmax(u_i)_j`.
 *
 * @see Vinyals et al. 2015, arXiv:1506.03134, section 2.3 (Ptr-Net)
 * @example
 * const pointer = new PointerAttention({ queryDim: 4, keyDim: 6 }, { key: new Key(0) });
 * const logProbabilities = pointer.forward(ones([2, 3, 4]), ones([2, 5, 6]));
 * logProbabilities.exp().sum(-1).array(); // => [[1, 1, 1], [1, 1, 1]]
 */
export class PointerAttention extends Module {
  readonly alignment: AdditiveAttention;

  constructor(config: AdditiveAttentionConfig, options: LayerOptions) {
    super();
    this.alignment = new AdditiveAttention(config, options);
  }

  /**
   * @param query  `[B, T, Dq]`
   * @param keys  `[B, S, Dk]`
   * @param options.mask  places that may be pointed at
   * @returns logarithms of probabilities, `[B, T, S]`; -inf where a mask hides a place
   */
  forward(query: Tensor, keys: Tensor, options: PointerOptions = {}): Tensor {
    requireKnown("PointerAttention", options, optionNames);
    const { mask } = options;
    return tidyAs(this, () => {
      const logProbabilities = pointed(this.alignment.scores(query, keys), mask);
      showWeights(() => exp(logProbabilities));
      return logProbabilities;
    });
  }
}

/** Logarithms of probabilities. For a query that may point nowhere those of zeros, not of zero over zero. */
function pointed(scores: Tensor, mask: Tensor | null | undefined): Tensor {
  if (!mask) return logSoftmax(scores, -1);
  requireDtype("PointerAttention", mask, "u8", "mask");
  const nowhere = logicalNot(any(mask, -1, { keepDims: true }));
  const masked = maskScores("PointerAttention", scores, logicalOr(mask, nowhere));
  return maskScores("PointerAttention", logSoftmax(masked, -1), mask);
}

/** What a copied word is mixed of. */
export interface CopyInputs {
  /** Probability of generating, in place of copying: `[B, T, 1]`. */
  readonly generate: Tensor;
  /** Probabilities of the vocabulary: `[B, T, V]`. */
  readonly vocabulary: Tensor;
  /** Weights over the input: `[B, T, S]`. */
  readonly weights: Tensor;
  /** Which word stands at each place of the input: i32 `[B, S]`, below `V + extra`. */
  readonly ids: Tensor;
  /** Words of the input that the vocabulary lacks; default 0. */
  readonly extra?: number;
}

const copyNames: OptionNames<CopyInputs> = {
  generate: true,
  vocabulary: true,
  weights: true,
  ids: true,
  extra: true,
};

/**
 * The word distribution of the pointer-generator: `P(w) = g P_vocab(w) + (1 - g) sum_{j: w_j = w} a_j`.
 *
 * @returns `[B, T, V + extra]`
 * @see See et al. 2017, arXiv:1704.04368, section 2.2, Pointer-generator network
 * @example
 * const vocabulary = tensor([[[0.5, 0.5]]]);
 * const weights = tensor([[[0.25, 0.5, 0.25]]]);
 * const ids = tensor([[2, 0, 2]], { dtype: "i32" }); // 2 is in the input, not in the vocabulary
 * const generate = tensor([[[0.5]]]);
 * copyDistribution({ generate, vocabulary, weights, ids, extra: 1 }).array(); // => [[[0.5, 0.25, 0.25]]]
 */
export function copyDistribution(inputs: CopyInputs): Tensor {
  const owner = "copyDistribution";
  requireKnown(owner, inputs, copyNames);
  const { generate, vocabulary, weights, ids, extra = 0 } = inputs;
  requireShape(owner, "weights", weights, ["B", "T", "S"]);
  const [B, T, S] = weights.shape;
  requireShape(owner, "generate", generate, [B, T, 1]);
  requireShape(owner, "vocabulary", vocabulary, [B, T, "V"]);
  requireShape(owner, "ids", ids, [B, S]);
  requireDtype(owner, ids, "i32", "ids");
  if (extra !== 0) requirePositiveInteger(owner, "extra", extra);
  return tidy(() => {
    const made = pad(mul(vocabulary, generate), [0, extra]);
    const copied = mul(weights, sub(1, generate));
    return scatterAdd(made, expand(unsqueeze(ids, 1), [B, T, S]), copied, -1);
  });
}
