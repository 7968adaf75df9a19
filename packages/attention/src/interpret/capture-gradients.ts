import {
  type Differentiable,
  fullLike,
  GradientError,
  keep,
  requireKnown,
  type Tensor,
  tidy,
} from "@saccade/core";
import {
  type AttentionCall,
  type GivenWeights,
  watchingWeights,
} from "../scaled-dot-product/attention-hooks.ts";
import { viewOf } from "./activations/activation-hooks.ts";
import { weightGradients } from "./call-weights.ts";
import { type AttentionMap, type CaptureOptions, captureOptionNames, keepMap } from "./capture-attention.ts";
import { type Watch, withOutputGradients } from "./output-gradients.ts";
import { SelectedCalls } from "./selected-calls.ts";

/** What one call of attention attended with, and what that does to a number. */
export interface GradientMap extends AttentionMap {
  /** The number's gradient with respect to the weights, `[B, h, t, S]`; 0 where it does not depend on them. */
  readonly gradient: Tensor;
}

/** What `captureGradients` gives. */
export interface CapturedGradients {
  /** The number, a scalar. */
  readonly value: Tensor;
  /** What the function returned beside it. */
  readonly aux: Readonly<Record<string, Tensor>>;
  readonly maps: Readonly<Record<string, GradientMap>>;
}

/**
 * As `captureAttention`, and the gradient of a number with respect to the weights of every map: `dy/dA = dy/dO V^T`, from
 * the gradient of attention's output. The model runs its fused kernels, forward and backward; of weights and their gradients
 * no more is computed than is asked for, of parameters' gradients nothing.
 *
 * A gradient is what moving this weight alone does: weights of a row need not go on summing to 1.
 *
 * @param body  computes a scalar, or `{ loss, aux }`, as for `valueAndGrad`: the logit of a class, say. Of a batch, a sum over
 *   its items gives each item's own gradients
 * @returns the scalar and the maps by path, in the current scope
 * @throws GradientError for a mechanism that computes its weights itself (additive, sigmoid, top-k ...), for a call that drops
 *   weights, for `checkpoint`, for a cache behind the first layer, and as `valueAndGrad`; else as `captureAttention`
 * @see Chefer, Gur & Wolf 2021, arXiv:2103.15679, eq. 5, for what it is used
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 64, numHeads: 4 }, { key: new Key(0) });
 * const { value, maps } = captureGradients(() => mha.forward(x, { causal: true }).slice(null, -1, 3).sum(), {
 *   model: { layers: [mha] },
 *   queries: [0, -1],
 * });
 * value.shape; // => []
 * maps["layers.0"].gradient.shape; // => [2, 4, 2, 8]
 * maps["layers.0"].gradient.slice(0, 0, 0); // => [0, 0, 0, 0, 0, 0, 0, 0]
 */
export function captureGradients(
  body: () => Differentiable,
  options: CaptureOptions = {},
): CapturedGradients {
  requireKnown("captureGradients", options, captureOptionNames);
  const calls = new SelectedCalls("captureGradients", options);
  const kept: Record<string, AttentionMap> = {};
  const gradients: Record<string, Tensor> = {};
  const run = (): CapturedGradients => {
    const watch = (call: AttentionCall): Watch | null => {
      const name = calls.name(call);
      if (name === null) return null;
      requireNoDropout(call.attrs.dropout, name);
      const map = keepMap("captureGradients", call, name, options);
      kept[name] = map;
      const seen = (gradient: Tensor, values: Tensor): void => {
        const { heads, queries, weights } = map;
        gradients[name] = keep(weightGradients(gradient, values, heads, queries, weights.dtype));
      };
      return { held: call.inputs[2], seen };
    };
    const refuse = (given: GivenWeights): void => {
      const path = calls.path(given);
      if (path !== null) throw new GradientError(`captureGradients: ${ownWeights(path)}`);
    };
    const { value, aux } = watchingWeights(refuse, () =>
      withOutputGradients("captureGradients", body, watch),
    );
    calls.requireCalled();
    const scoped = Object.entries(kept).map(([name, map]): [string, GradientMap] => {
      const weights = viewOf(map.weights);
      const gradient = Object.hasOwn(gradients, name) ? viewOf(gradients[name]) : fullLike(weights, 0);
      return [name, { ...map, weights, places: viewOf(map.places), gradient }];
    });
    return { value, aux, maps: Object.fromEntries(scoped) };
  };
  try {
    return tidy(run);
  } finally {
    for (const { weights, places } of Object.values(kept)) {
      weights.dispose();
      places.dispose();
    }
    for (const gradient of Object.values(gradients)) gradient.dispose();
  }
}

const ownWeights = (path: string): string =>
  `${path} computes its weights itself, and shows no gradients of them; say by modules which others are wanted`;

function requireNoDropout(dropout: number, name: string): void {
  if (dropout === 0) return;
  throw new GradientError(
    `captureGradients: ${name} drops weights (p ${dropout}); run the model without a key for dropout`,
  );
}
