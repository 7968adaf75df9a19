import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { mean, sum } from "./reduce.ts";

/** What becomes of a loss per element: itself, its mean, its sum. */
export type Reduction = "none" | "mean" | "sum";

export interface LossOptions {
  /** Default "mean". */
  readonly reduction?: Reduction;
}

/** @throws ArgumentError for a reduction that there is not */
export function reduceLoss(name: string, loss: Tensor, reduction: Reduction = "mean"): Tensor {
  switch (reduction) {
    case "none":
      return loss;
    case "mean":
      return mean(loss);
    case "sum":
      return sum(loss);
    default:
      throw new ArgumentError(
        `${name}: reduction must be "none", "mean" or "sum" (got ${String(reduction satisfies never)})`,
      );
  }
}
