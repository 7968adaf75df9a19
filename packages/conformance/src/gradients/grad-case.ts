import type { Tensor } from "@saccade/core";
import type { InputSpec } from "../cases/case.ts";

/** One call of a registered op whose gradient is checked. Inputs that say f32 are as wide as the backend has floats. */
export interface GradCase {
  /** As registered. */
  readonly op: string;
  /** Unique among the op's cases. */
  readonly name: string;
  readonly inputs: readonly (InputSpec | null)[];
  readonly attrs: unknown;
  /** The inputs whose gradients are checked. Default: every float one. */
  readonly wrt?: readonly number[];
  /** The outputs that have a cotangent. Default: every float one. */
  readonly from?: readonly number[];
  /** The op takes only what is row-major: its function copies first. */
  readonly rowMajorOnly?: true;
  /** 1: the gradient itself is not differentiated, for the reason given. */
  readonly firstOrderOnly?: string;
  /** What the gradient is the derivative of, where by design that is not the op's value. */
  readonly derivativeOf?: (inputs: readonly Tensor[]) => Tensor;
}

type Options = Partial<Omit<GradCase, "op" | "name" | "inputs" | "attrs">>;

export function gradCase(
  op: string,
  name: string,
  inputs: readonly (InputSpec | null)[],
  attrs: unknown = {},
  options: Options = {},
): GradCase {
  return { op, name, inputs, attrs, ...options };
}
