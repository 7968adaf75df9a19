import type { DType } from "./backend.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A tensor in the lower dtype, and the tapes on which that was recorded. */
export interface CachedCast {
  readonly tapes: readonly Tape[] | null;
  readonly tensor: Tensor;
}

/** What an `autocast` that is open says. */
export class AutocastState {
  /** In which matrix products run. */
  readonly dtype: DType;
  /** By the id of what was cast: parameters and other tensors that outlive every scope. */
  readonly casts = new Map<number, CachedCast[]>();
  /** The last of the others: queries, keys and values are often products of one and the same. */
  private latest: (CachedCast & { readonly id: number }) | null = null;

  constructor(dtype: DType) {
    this.dtype = dtype;
  }

  /** The last cast that was remembered, if it was of this value. */
  latestOf(id: number): CachedCast | null {
    return this.latest?.id === id ? this.latest : null;
  }

  /** Holds on to a cast until the next one. */
  remember(id: number, { tapes, tensor }: CachedCast): void {
    this.latest?.tensor.dispose();
    this.latest = { id, tapes, tensor: tensor.share() };
  }

  /** Forgets every cast: a parameter has changed, or the scope ends. */
  clear(): void {
    this.latest?.tensor.dispose();
    this.latest = null;
    for (const list of this.casts.values()) for (const { tensor } of list) tensor.dispose();
    this.casts.clear();
  }
}

let current: AutocastState | null = null;

/** The innermost `autocast`; null outside of all, and where it is switched off. @internal */
export function currentAutocast(): AutocastState | null {
  return current;
}

/** Runs `fn` under `state`, whose casts end with it; null switches autocast off. @internal */
export function withAutocast<T>(state: AutocastState | null, fn: () => T): T {
  const outer = current;
  current = state;
  try {
    return fn();
  } finally {
    current = outer;
    state?.clear();
  }
}

/** `fn` without autocast. @internal */
export function withoutAutocast<T>(fn: () => T): T {
  return current === null ? fn() : withAutocast(null, fn);
}

/**
 * Ops that take f16 as f32 under autocast, by name: what exceeds the range of f16 or loses its digits. Losses, distances
 * and norms that are no op of their own widen their inputs themselves; `crossEntropy` gives f32 of f16 anyhow.
 *
 * @see PyTorch's list of ops that autocast to float32
 */
export const fullPrecisionOps: ReadonlySet<string> = new Set([
  ...["exp", "expm1", "log", "log1p", "log2", "pow", "powScalar", "reciprocal", "rsqrt", "square"],
  ...["acos", "asin", "tan", "softplus", "logaddexp", "xlogy"],
  ...["prod", "cumsum", "cumprod", "norm", "sumSquares"],
  ...["softmax", "layerNorm", "rmsNorm", "binaryCrossEntropy"],
]);
