import { AutocastState, currentAutocast, withAutocast } from "./autocast-state.ts";
import type { DType } from "./backend.ts";
import { ArgumentError } from "./errors.ts";
import { cast } from "./ops/cast.ts";
import { keep, type NotPromise } from "./scope.ts";
import { recordingTapes, type Tape } from "./tape.ts";
import { shareInScope, type Tensor } from "./tensor.ts";

export interface AutocastOptions {
  /** What matrix products, linear layers, convolutions and attention compute with. */
  readonly dtype: "f16";
  /** False switches an autocast around this one off, for `fn`. Default true. */
  readonly enabled?: boolean;
}

/**
 * Runs `fn` in mixed precision: matrix products, linear layers, convolutions and attention take their f32 operands as
 * f16 and give f16; exponentials, logarithms, powers, sums, softmax, norms and losses take f16 as f32; everything else
 * computes in the dtype that it gets, and where two meet, in the wider one. Sums of products are f32 within either.
 *
 * Parameters stay f32, and so do their gradients: what is cast is recorded. A parameter is cast once, however often it
 * is used, and the copy ends with `fn`. Open it around the forward pass and the loss, not around the backward pass or the
 * optimizer. Small gradients vanish in f16: `GradScaler` keeps them.
 *
 * @throws ArgumentError for another dtype; or a function that returns a promise;
 *   DTypeError where the backend lacks it
 * @see Micikevicius et al. 2018, arXiv:1710.03740; PyTorch's `torch.autocast`, whose lists of ops these are
 * @example
 * const w = tensor([[1, 2], [3, 4]]);
 * using result = valueAndGrad(() => {
 *   const y = autocast({ dtype: "f16" }, () => w.matmul(w)); // f16
 *   return y.sum();
 * }, [w]);
 * result.grads[0].dtype; // => "f32"
 */
export function autocast<T>(options: AutocastOptions, fn: () => NotPromise<T>): NotPromise<T> {
  const { dtype, enabled = true } = options;
  if (dtype !== "f16") throw new ArgumentError(`autocast: the dtype must be f16 (got ${String(dtype)})`);
  const result = withAutocast(enabled ? new AutocastState(dtype) : null, fn);
  if (result instanceof Promise)
    throw new ArgumentError("autocast: the function is asynchronous; open it around what computes");
  return result;
}

/**
 * The dtype that autocast asks of matrix products here; null where it is off. For models that keep caches of what they
 * compute.
 *
 * @example autocast({ dtype: "f16" }, () => autocastDtype()); // => "f16"
 */
export function autocastDtype(): DType | null {
  return currentAutocast()?.dtype ?? null;
}

/**
 * Operands as autocast wants them for a matrix product: f32 in its dtype. Outside of autocast, they themselves. For ops
 * of one's own that are matrix products at heart.
 *
 * @example
 * autocast({ dtype: "f16" }, () => lowered(ones([2]), null).map((x) => x?.dtype)); // => ["f16", undefined]
 */
export function lowered<T extends readonly (Tensor | null)[]>(...operands: T): T {
  const state = currentAutocast();
  if (state === null) return operands;
  // As many operands, null where they were null.
  return operands.map((x) => (x?.dtype === "f32" ? castOnce(state, x) : x)) as unknown as T;
}

/** Operands in f32 where autocast is on and they are f16: for losses that are made of several ops. @internal */
export function widened<T extends readonly Tensor[]>(...operands: T): T {
  if (currentAutocast() === null) return operands;
  return operands.map((x) => (x.dtype === "f16" ? cast(x, "f32") : x)) as unknown as T;
}

/**
 * What no scope owns is cast once: parameters. Of the others the last cast is there for the next product. A cast that other
 * tapes recorded is of no use to these.
 */
function castOnce(state: AutocastState, x: Tensor): Tensor {
  const tapes = recordingTapes([x]);
  if (x.scope !== null) {
    const latest = state.latestOf(x.id);
    if (latest && sameTapes(latest.tapes, tapes)) return shareInScope(latest.tensor);
    const tensor = cast(x, state.dtype);
    state.remember(x.id, { tapes, tensor });
    return tensor;
  }
  const known = state.casts.get(x.id) ?? [];
  const found = known.find((one) => sameTapes(one.tapes, tapes));
  if (found) return found.tensor;
  const tensor = keep(cast(x, state.dtype));
  state.casts.set(x.id, [...known, { tapes, tensor }]);
  return tensor;
}

function sameTapes(a: readonly Tape[] | null, b: readonly Tape[] | null): boolean {
  return a === b || (a?.length === b?.length && (a ?? []).every((tape, i) => tape === b?.[i]));
}
