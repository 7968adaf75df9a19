import {
  type Differentiable,
  detach,
  GradientError,
  keep,
  noGrad,
  type Tensor,
  tensor,
  tidy,
  type ValueAndGrad,
  valueAndGrad,
} from "@saccade/core";
import { type AttentionCall, withAttentionHook } from "../scaled-dot-product/attention-hooks.ts";
import { probe } from "./attention-probe.ts";

/** What is wanted of a call: the tensor that is needed again when its gradient comes, and what is done with both. */
export interface Watch {
  readonly held: Tensor;
  /** Runs in a scope that ends, unrecorded. */
  seen(gradient: Tensor, held: Tensor): void;
}

/**
 * Differentiates what `body` returns with respect to the outputs of the calls of attention in it, and to nothing else: the
 * gradients of parameters are not computed.
 *
 * @param watch  what is wanted of a call; null for nothing
 * @throws GradientError if attention is called in the backward pass, as `checkpoint` does
 */
export function withOutputGradients(
  owner: string,
  body: () => Differentiable,
  watch: (call: AttentionCall) => Watch | null,
): ValueAndGrad {
  const heldUntilSeen = new Set<Tensor>();
  let forward = true;
  const source = tensor(0);
  const hook = (call: AttentionCall): Tensor => {
    if (!forward) {
      throw new GradientError(
        `${owner}: attention is called again in the backward pass; leave out checkpoint, which calls it`,
      );
    }
    const watched = watch(call);
    if (watched === null) return call.out;
    const held = noGrad(() => keep(detach(watched.held)));
    heldUntilSeen.add(held);
    return probe(call.out, source, (gradient) => {
      if (!heldUntilSeen.delete(held)) return; // a tape further out, whose gradient is of something else
      try {
        noGrad(() => tidy(() => watched.seen(gradient, held)));
      } finally {
        held.dispose();
      }
    });
  };
  const run = (): Differentiable => {
    try {
      return body();
    } finally {
      forward = false;
    }
  };
  try {
    return withAttentionHook(hook, () => valueAndGrad(run, [source]));
  } finally {
    source.dispose();
    for (const held of heldUntilSeen) held.dispose();
    heldUntilSeen.clear();
  }
}
