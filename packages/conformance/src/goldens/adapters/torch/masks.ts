import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";

/** How keys are hidden in PyTorch's modules: booleans are true where they are, floats are added to the scores. */
export interface TorchMasks {
  /** `[T, S]`, or `[B H, T, S]`. */
  readonly attention?: Tensor | null;
  /** `[B, S]`. */
  readonly padding?: Tensor | null;
}

/** The same as ours: 1 = may attend, and what is added. */
export interface OurMasks {
  readonly mask: Tensor | null;
  readonly bias: Tensor | null;
}

/** Masks that broadcast to `[B, H, T, S]`. */
export function ourMasks({ attention = null, padding = null }: TorchMasks, batch: number): OurMasks {
  const wide = [
    attention &&
      (attention.rank === 3 ? core.reshape(attention, [batch, -1, ...attention.shape.slice(1)]) : attention),
    padding && core.reshape(padding, [batch, 1, 1, padding.shape[1]]),
  ].filter((each) => each !== null);
  const seen = wide.filter((each) => each.dtype === "u8").map((each) => core.logicalNot(each));
  const added = wide.filter((each) => each.dtype !== "u8");
  return {
    mask: seen.length > 0 ? seen.reduce((a, b) => core.logicalAnd(a, b)) : null,
    bias: added.length > 0 ? added.reduce((a, b) => core.add(a, b)) : null,
  };
}
