import { type AttentionAttrs, type Tensor, tidy, unsqueeze } from "@saccade/core";
import type { AttentionInputs } from "./attention-op.ts";

/** One call of `attention`, as hooks see it: what its scores are made of, and what came out. */
export interface AttentionCall {
  /** The module that attends; null where `attention` was called by none. */
  readonly owner: object | null;
  readonly inputs: AttentionInputs;
  readonly attrs: AttentionAttrs;
  /** `[B, H, T, Ev]` */
  readonly out: Tensor;
  /** `[B, H, T]` */
  readonly logSumExp: Tensor;
}

/** Sees a call behind its kernel; what it returns, `[B, H, T, Ev]`, goes on in the place of `call.out`. */
export type AttentionHook = (call: AttentionCall) => Tensor;

/** Weights of a mechanism that computes them itself. */
export interface GivenWeights {
  /** The module that attends; null where there is none. */
  readonly owner: object | null;
  /** `[B, H, T, S]` */
  readonly weights: Tensor;
}

const hooks: AttentionHook[] = [];
const watchers: ((given: GivenWeights) => void)[] = [];
let owner: object | null = null;

/** Runs `body`, which ends with this call, with a hook that sees every `attention` in it. */
export function withAttentionHook<T>(hook: AttentionHook, body: () => T): T {
  hooks.push(hook);
  try {
    return body();
  } finally {
    hooks.splice(hooks.lastIndexOf(hook), 1);
  }
}

/**
 * Runs `body`, whose calls of `attention` are those of a module: `captureAttention` and its like then know them by the
 * module's path. For modules that call `attention` themselves. Costs nothing where nobody looks.
 *
 * @example
 * class OneHead extends Module {
 *   readonly projection = new Linear(16, 16, { key: new Key(0) });
 *   forward(q: Tensor, k: Tensor): Tensor {
 *     return attendingAs(this, () => attention(this.projection.forward(q), k, k));
 *   }
 * }
 * const model = new OneHead();
 * const { maps } = captureAttention(() => model.forward(q, k), { model: { encoder: [model] } });
 * Object.keys(maps); // => ["encoder.0"]
 */
export function attendingAs<T>(module: object, body: () => T): T {
  if (hooks.length + watchers.length === 0) return body();
  const before = owner;
  owner = module;
  try {
    return body();
  } finally {
    owner = before;
  }
}

/** As `attendingAs`, in a scope of its own, as `tidy` opens it. */
export function tidyAs<T>(module: object, body: () => T): T {
  return attendingAs(module, () => tidy(body as () => never));
}

/** Runs `body` with a function that sees the weights of mechanisms which do not go through `attention`. */
export function watchingWeights<T>(watch: (given: GivenWeights) => void, body: () => T): T {
  watchers.push(watch);
  try {
    return body();
  } finally {
    watchers.splice(watchers.lastIndexOf(watch), 1);
  }
}

/** Shows weights `[B, H, T, S]`, or `[B, T, S]` of one head, to those who look; computed if there are any. */
export function showWeights(make: () => Tensor): void {
  if (watchers.length === 0) return;
  tidy(() => {
    const weights = make();
    const byHead = weights.rank === 3 ? unsqueeze(weights, 1) : weights;
    for (const watch of watchers) watch({ owner, weights: byHead });
  });
}

/** Shows a call to the hooks, the outermost first; what goes on in the place of its output. */
export function throughHooks(call: Omit<AttentionCall, "owner">): Tensor {
  let { out } = call;
  for (const hook of hooks) out = hook({ ...call, owner, out });
  return out;
}

/** Whether anyone looks. */
export const hooked = (): boolean => hooks.length > 0;
