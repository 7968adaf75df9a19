import {
  ArgumentError,
  abs,
  add,
  concat,
  cumsum,
  div,
  elu,
  lt,
  matmul,
  mul,
  narrow,
  type OptionNames,
  ones,
  pad,
  requireDtype,
  requireKnown,
  requirePositiveInteger,
  reshape,
  squeeze,
  type Tensor,
  tidy,
  transpose,
  tril,
  unsqueeze,
  where,
  zeros,
} from "@saccade/core";
import { requireShape } from "../shapes.ts";
import { requireHeads } from "./score-mask.ts";

/** What linear attention takes beside queries, keys and values. */
export interface LinearAttentionOptions {
  /** Needs `T = S`. Default false. */
  readonly causal?: boolean;
  /** phi: to positive features, `[B, H, T, E] -> [B, H, T, F]`. Default `elu(x) + 1`. */
  readonly featureMap?: (x: Tensor) => Tensor;
  /** Of keys, where it is another one than that of queries. */
  readonly keyFeatureMap?: (x: Tensor) => Tensor;
  /** Keys that are no padding: u8 `[B, S]`. */
  readonly mask?: Tensor | null;
  /** Elements of a chunk where `causal`: results are the same. Default 64. */
  readonly chunk?: number;
  /** What came before, from an earlier call: `[B, H, F, Ev + 1]`; with `causal`. */
  readonly state?: Tensor | null;
}

const optionNames: OptionNames<LinearAttentionOptions> = {
  causal: true,
  featureMap: true,
  keyFeatureMap: true,
  mask: true,
  chunk: true,
  state: true,
};

/** The output, and all that later elements need to know. */
export interface LinearAttended {
  /** `[B, H, T, Ev]` */
  readonly out: Tensor;
  /** `sum_j phi(k_j) [v_j, 1]`: `[B, H, F, Ev + 1]`, whatever the length. */
  readonly state: Tensor;
}

/** The feature map of Katharopoulos et al., equation 7. */
const eluFeatures = (x: Tensor): Tensor => add(elu(x), 1);

/**
 * Linear attention, `o_i = phi(q_i) sum_j phi(k_j) v_j^T / phi(q_i) sum_j phi(k_j)`, with its state: time O(T), and a
 * causal sequence may come in pieces.
 *
 * @returns out `[B, H, T, Ev]`, zeros where all keys are hidden, and the state
 * @throws ShapeError; ArgumentError for a chunk that is no positive integer, or a state without `causal`
 * @see Katharopoulos et al. 2020, arXiv:2006.16236, equations 5, 9 and 18 to 20
 * @example
 * const x = ones([1, 1, 4, 2]);
 * const first = linearAttentionWithState(x, x, x, { causal: true });
 * const { state } = first;
 * linearAttentionWithState(x, x, x, { causal: true, state }).out.shape; // => [1, 1, 4, 2]
 */
export function linearAttentionWithState(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: LinearAttentionOptions = {},
): LinearAttended {
  const owner = "linearAttention";
  requireKnown(owner, options, optionNames);
  const { causal = false, featureMap = eluFeatures, keyFeatureMap = featureMap, mask = null } = options;
  const { chunk = 64, state = null } = options;
  requireHeads(owner, q, k, v);
  requirePositiveInteger(owner, "chunk", chunk);
  const [B, H, S, Ev] = v.shape;
  if (causal) requireShape(owner, "k", k, [B, H, q.shape[2], q.shape[3]]);
  else if (state) throw new ArgumentError(`${owner}: a state is what came before, and needs causal: true`);
  return tidy(() => {
    const { dtype, backend } = q;
    const queries = featureMap(q);
    const keys = visibleKeys(owner, keyFeatureMap(k), mask);
    // A column of ones: its sums are the denominators.
    const values = concat([v, ones([B, H, S, 1], { dtype, backend })], -1);
    if (state) requireShape(owner, "state", state, [B, H, keys.shape[3], Ev + 1]);
    if (!causal) {
      const total = matmul(transpose(keys), values);
      return { out: normalised(matmul(queries, total)), state: total };
    }
    const start = state ?? zeros([B, H, keys.shape[3], Ev + 1], { dtype, backend });
    if (S === 0) return { out: mul(v, 1), state: mul(start, 1) };
    const size = Math.min(chunk, S);
    const count = Math.ceil(S / size);
    // All chunks at once: `[B, H, N, C, ...]`, with zeros behind the end.
    const [qs, ks, vs] = [queries, keys, values].map((x) =>
      reshape(pad(x, [0, 0, 0, count * size - S]), [B, H, count, size, x.shape[3]]),
    );
    const through = add(cumsum(matmul(transpose(ks), vs), 2), unsqueeze(start, 2)); // states behind each chunk
    const before = concat([unsqueeze(start, 2), narrow(through, 2, 0, count - 1)], 2);
    const sums = add(matmul(qs, before), matmul(tril(matmul(qs, transpose(ks))), vs));
    const out = narrow(reshape(sums, [B, H, count * size, Ev + 1]), 2, 0, S);
    return { out: normalised(out), state: squeeze(narrow(through, 2, count - 1, 1), 2) };
  });
}

/** A sum of features below this vanishes: a gradient that is divided by it would not be finite. */
const VANISHING = 1e-32;

/** `[..., Ev + 1] -> [..., Ev]`: divided by the last column; as good as zeros where that vanishes. */
function normalised(sums: Tensor): Tensor {
  const width = sums.shape[3] - 1;
  const total = narrow(sums, 3, width, 1);
  return div(narrow(sums, 3, 0, width), where(lt(abs(total), VANISHING), 1, total));
}

function visibleKeys(owner: string, keys: Tensor, mask: Tensor | null): Tensor {
  if (!mask) return keys;
  requireDtype(owner, mask, "u8", "mask");
  requireShape(owner, "mask", mask, [keys.shape[0], keys.shape[2]]);
  return where(unsqueeze(unsqueeze(mask, 1), -1), keys, 0);
}

/**
 * Linear attention: `linearAttentionWithState` without its state.
 *
 * @param q  `[B, H, T, E]`
 * @param k  `[B, H, S, E]`
 * @param v  `[B, H, S, Ev]`
 * @returns `[B, H, T, Ev]`
 * @see Katharopoulos et al. 2020, arXiv:2006.16236
 * @example
 * const x = ones([1, 2, 5, 4]);
 * linearAttention(x, x, x, { causal: true }).slice(0, 0, 0).array(); // => [1, 1, 1, 1]
 */
export function linearAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: LinearAttentionOptions = {},
): Tensor {
  return tidy(() => linearAttentionWithState(q, k, v, options).out);
}
