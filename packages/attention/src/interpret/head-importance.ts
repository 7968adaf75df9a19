import {
  ArgumentError,
  abs,
  add,
  cast,
  type Differentiable,
  div,
  eq,
  full,
  keep,
  mul,
  norm,
  type OptionNames,
  requireKnown,
  sum,
  type Tensor,
  tidy,
  where,
} from "@saccade/core";
import type { ModuleTree } from "./module-paths.ts";
import { withOutputGradients } from "./output-gradients.ts";
import { type CallOptions, noHeads, SelectedCalls } from "./selected-calls.ts";

/** Of `headImportance`. */
export interface HeadImportanceOptions extends Pick<CallOptions, "modules"> {
  /** Divides those of a layer by their l2 norm, as the paper does before it compares layers. Default false. */
  readonly normalize?: boolean;
}

const optionNames: OptionNames<HeadImportanceOptions> = { modules: true, normalize: true };

/** Sums by path; owns its tensors. */
class Totals {
  readonly byPath = new Map<string, Tensor>();

  add(path: string, more: Tensor): void {
    const before = this.byPath.get(path);
    this.byPath.set(path, keep(before ? add(before, more) : more));
    before?.dispose();
  }

  dispose(): void {
    for (const total of this.byPath.values()) total.dispose();
    this.byPath.clear();
  }
}

/**
 * How important each head is to a loss: `I_h = mean over examples of |sum over queries and width of O_h ⊙ dL/dO_h|`, what the
 * loss would change by, to first order, if a factor before the head's output went from 1 to 0. One forward and one backward
 * pass a batch; models run their fused kernels, and gradients of parameters are not computed.
 *
 * @param model  a module, or a record of modules; calls of attention by others do not count
 * @param batches  of any number of examples; each is seen by itself
 * @param loss  of a batch, a scalar: the sum over its examples. (A mean divides the importance of each by their number.)
 * @returns by path of the module, `[H]` each, in the current scope
 * @throws ArgumentError for no batches, if no module of the model calls `attention`, and as `captureAttention`; GradientError as `captureGradients`, but dropout is allowed
 * @see Michel, Levy & Neubig 2019, arXiv:1905.10650, section 4.1, eq. 2
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 64, numHeads: 4 }, { key: new Key(0) });
 * const loss = (batch: Tensor) => mha.forward(batch).square().sum();
 * const importance = headImportance({ layers: [mha] }, [x.narrow(0, 0, 1), x.narrow(0, 1, 1)], loss);
 * importance["layers.0"].shape; // => [4]
 * headImportance({ mha }, [x], loss, { normalize: true }).mha.square().sum(); // => 1
 */
export function headImportance<T>(
  model: ModuleTree,
  batches: Iterable<T>,
  loss: (batch: T) => Differentiable,
  options: HeadImportanceOptions = {},
): Readonly<Record<string, Tensor>> {
  requireKnown("headImportance", options, optionNames);
  const totals = new Totals();
  const examples = new Map<string, number>();
  const run = (): Record<string, Tensor> => {
    let some = false;
    for (const batch of batches) {
      some = true;
      for (const [path, size] of addBatch(totals, model, () => loss(batch), options)) {
        examples.set(path, (examples.get(path) ?? 0) + size);
      }
    }
    if (!some) throw new ArgumentError("headImportance: needs one batch at least (got none)");
    if (totals.byPath.size === 0) throw new ArgumentError(`headImportance: ${noHeads}`);
    const { normalize = false } = options;
    const finished = [...totals.byPath].map(([path, total]): [string, Tensor] => {
      const importance = div(total, examples.get(path) ?? 1);
      return [path, normalize ? unitLength(importance) : importance];
    });
    return Object.fromEntries(finished);
  };
  try {
    return tidy(run);
  } finally {
    totals.dispose();
  }
}

/** Adds `|dL/dxi_h|` of each example. -> examples by path */
function addBatch(
  totals: Totals,
  model: ModuleTree,
  body: () => Differentiable,
  { modules }: HeadImportanceOptions,
): ReadonlyMap<string, number> {
  const calls = new SelectedCalls("headImportance", { model, ...(modules && { modules }) });
  const own = new Totals();
  const sizes = new Map<string, number>();
  try {
    tidy(() => {
      withOutputGradients("headImportance", body, (call) => {
        const path = calls.path(call);
        if (path === null || !calls.inModel(call)) return null;
        const { dtype, shape, backend } = call.logSumExp;
        sizes.set(path, shape[0]);
        own.add(path, full(shape.slice(0, 2), 0, { dtype, backend })); // where the loss does not depend on it
        const seen = (gradient: Tensor, out: Tensor): void =>
          own.add(path, sum(mul(cast(gradient, dtype), cast(out, dtype)), [2, 3]));
        return { held: call.out, seen };
      });
      calls.requireCalled();
      // Several calls of a module have one factor before each head: their gradients add up before the absolute value.
      for (const [path, gradient] of own.byPath) totals.add(path, sum(abs(gradient), 0));
    });
  } finally {
    own.dispose();
  }
  return sizes;
}

function unitLength(x: Tensor): Tensor {
  const length = norm(x);
  return div(x, where(eq(length, 0), 1, length));
}
