import {
  ArgumentError,
  expand,
  mean,
  type OptionNames,
  requireKnown,
  ShapeError,
  type Tensor,
  tensor,
  tidy,
  where,
} from "@saccade/core";
import { type AttentionCall, withAttentionHook } from "../scaled-dot-product/attention-hooks.ts";
import { CallNames, type ModuleTree } from "./module-paths.ts";

/** Heads by the path of their module: `{ "layers.0.selfAttention": [1, 3] }`. */
export type HeadsByPath = Readonly<Record<string, readonly number[]>>;

/** Of `ablateHeads` and what is made of it. */
export interface AblationOptions {
  /**
   * What a head gives instead of its output: `"zero"`, or `"mean"`, the mean of its output over the queries and the batch of
   * the call. Default `"zero"`.
   */
  readonly replacement?: "zero" | "mean";
}

const optionNames: OptionNames<AblationOptions> = { replacement: true };

/** @throws ArgumentError for what is neither */
export function requireReplacement(owner: string, value: AblationOptions["replacement"]): "zero" | "mean" {
  const { replacement = "zero" } = { replacement: value };
  if (replacement === "zero" || replacement === "mean") return replacement;
  throw new ArgumentError(`${owner}: replacement must be "zero" or "mean" (got ${String(replacement)})`);
}

/** The output of a call without some heads. */
function without(
  { out }: AttentionCall,
  heads: readonly number[],
  replacement: "zero" | "mean",
  path: string,
): Tensor {
  const [, H] = out.shape;
  const flags = new Uint8Array(H);
  for (const head of heads) {
    if (!(Number.isInteger(head) && head >= 0 && head < H)) {
      throw new ArgumentError(`ablateHeads: heads of ${path} are integers from 0 to ${H - 1} (got ${head})`);
    }
    flags[head] = 1;
  }
  const chosen = tensor(flags, { shape: [1, H, 1, 1], backend: out.backend });
  if (replacement === "zero") return where(chosen, 0, out);
  if (out.size === 0)
    throw new ShapeError(`ablateHeads: ${path} has no queries to take means of (out ${out.describe()})`);
  return where(chosen, expand(mean(out, [0, 2], { keepDims: true }), out.shape), out);
}

/**
 * Runs `body` without some heads of a model: their outputs are zeros, or their mean, before the output projection. The model
 * runs its fused kernels, and is not changed; gradients are those of what is computed.
 *
 * Opens a scope, as `tidy` does. With `checkpoint`, a backward pass has to be within `body`.
 *
 * @param model  a module, or a record of modules, whose paths `heads` has
 * @param body  synchronous
 * @returns what `body` returned
 * @throws ArgumentError for a module that did not attend, a head that it does not have, an option that is unknown
 * @see Michel, Levy & Neubig 2019, arXiv:1905.10650
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 64, numHeads: 4, bias: false }, { key: new Key(0) });
 * const model = { layers: [mha] };
 * const y = ablateHeads(model, { "layers.0": [0, 1, 2, 3] }, () => mha.forward(x));
 * y.abs().amax(); // => 0
 * ablateHeads(model, { "layers.0": [2] }, () => mha.forward(x), { replacement: "mean" }).shape; // => [2, 8, 64]
 */
export function ablateHeads<T>(
  model: ModuleTree,
  heads: HeadsByPath,
  body: () => T,
  options: AblationOptions = {},
): T {
  requireKnown("ablateHeads", options, optionNames);
  const replacement = requireReplacement("ablateHeads", options.replacement);
  const names = new CallNames(model);
  const called = new Set<string>();
  const hook = (call: AttentionCall): Tensor => {
    const path = names.path(call.owner);
    called.add(path);
    if (!Object.hasOwn(heads, path) || heads[path].length === 0) return call.out;
    return tidy(() => without(call, heads[path], replacement, path));
  };
  const run = (): T => {
    const result: T = withAttentionHook(hook, () => tidy(body as () => never));
    const missing = Object.keys(heads).filter((path) => !called.has(path));
    if (missing.length === 0) return result;
    const known = called.size > 0 ? [...called].join(", ") : "nothing";
    throw new ArgumentError(`ablateHeads: ${missing.join(", ")} did not attend (${known} did)`);
  };
  return tidy(run as () => never);
}
