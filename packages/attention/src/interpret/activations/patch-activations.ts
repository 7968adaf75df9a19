import {
  ArgumentError,
  cast,
  expand,
  type OptionNames,
  requireKnown,
  ShapeError,
  Tensor,
  tensor,
  tidy,
  where,
} from "@saccade/core";
import type { ModuleTree } from "../module-paths.ts";
import { type ActivationCall, viewOf, withActivationHook } from "./activation-hooks.ts";
import { requireSeen } from "./capture-activations.ts";

/** A part of an activation that is replaced. */
export interface Patch {
  /** Where the numbers come from: as the activation is, or with a batch of 1. */
  readonly from: Tensor;
  /** Which positions: of dimension 1, of `:heads` dimension 2; -1 is the last. Default all. */
  readonly positions?: readonly number[];
  /** Which heads, of an activation `:heads`. Default all. */
  readonly heads?: readonly number[];
}

/** What takes the place of an activation: all of it, a part, or a function of it. */
export type Replacement = Tensor | Patch | ((output: Tensor) => Tensor);

/** Of `patchActivations`. */
export interface PatchOptions {
  /** Whose modules. */
  readonly model: ModuleTree;
  /** By places as `captureActivations` has them: `layers.0` is every call of the module, `layers.0#1` the first alone. */
  readonly patches: Readonly<Record<string, Replacement>>;
}

const optionNames: OptionNames<PatchOptions> = { model: true, patches: true };
const patchNames: OptionNames<Patch> = { from: true, positions: true, heads: true };

/**
 * Runs `body` with activations of a model replaced by others, such as those of another run: what a result then becomes
 * tells what the activation does. Modules run, and what they give is replaced. Gradients go to what replaces. Captures
 * within `body` see what was replaced, those around this call do not. With `checkpoint`, a backward pass has to be within
 * `body`.
 *
 * @param body  synchronous
 * @returns what `body` returned, in the current scope
 * @throws ShapeError where a replacement does not fit; ArgumentError for a name that does not occur, positions and heads that
 *   are not there, an option that is unknown
 * @see Vig et al. 2020, arXiv:2004.12265 (interventions on neurons and heads); Meng et al. 2022, arXiv:2202.05262 (causal
 *   tracing)
 * @example
 * const model = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * const [clean, other] = [1, 2].map((seed) => randn(new Key(seed), [1, 3, 8]));
 * const { outputs, result } = captureActivations(() => model.forward(clean), { model: { layer: model } });
 * const patched = (patches: Record<string, Replacement>): Tensor =>
 *   patchActivations(() => model.forward(other), { model: { layer: model }, patches });
 * await patched({ "layer:heads": outputs["layer:heads"] }).sub(result).abs().amax().item(); // => 0
 * const last = patched({ "layer:heads": { from: outputs["layer:heads"], positions: [-1] } }).sub(result).abs().amax(-1);
 * last.gt(0); // => [[1, 1, 0]]
 */
export function patchActivations<T>(body: () => T, options: PatchOptions): T {
  requireKnown("patchActivations", options, optionNames);
  const { model, patches } = options;
  for (const [name, patch] of Object.entries(patches)) {
    if (typeof patch !== "function" && !(patch instanceof Tensor)) {
      requireKnown(`patchActivations: ${name}`, patch, patchNames);
    }
  }
  const seen = new Set<string>();
  const hook = (call: ActivationCall): Tensor => {
    const { place, name, output } = call;
    const one = name === place ? `${place}#1` : name;
    seen.add(place).add(one);
    const patch = Object.hasOwn(patches, one) ? patches[one] : undefined;
    const chosen = patch ?? (Object.hasOwn(patches, place) ? patches[place] : undefined);
    return chosen ? tidy(() => replaced(call, chosen)) : output;
  };
  const run = (): T => {
    const result: T = withActivationHook(model, hook, () => tidy(body as () => never));
    requireSeen("patchActivations", Object.keys(patches), seen);
    return result;
  };
  return tidy(run as () => never);
}

function replaced({ name, place, output }: ActivationCall, patch: Replacement): Tensor {
  const given = typeof patch === "function" ? patch(output) : patch;
  const { from, positions, heads } = given instanceof Tensor ? { from: given } : given;
  const fits =
    from.rank === output.rank &&
    from.shape.every((size, d) => size === output.shape[d] || (d === 0 && size === 1));
  if (!fits) {
    throw new ShapeError(`patchActivations: ${name} is ${output.describe()} (got ${from.describe()})`);
  }
  const ofHeads = place.endsWith(":heads");
  if (heads && !ofHeads) {
    throw new ArgumentError(`patchActivations: ${name} has no heads; those of a module are "<path>:heads"`);
  }
  const masks = [
    positions && indexMask(`positions of ${name}`, output, ofHeads ? 2 : 1, positions),
    heads && indexMask(`heads of ${name}`, output, 1, heads),
  ].filter((mask) => mask !== undefined);
  const numbers = cast(from, output.dtype);
  if (masks.length === 0 && from.shape[0] === output.shape[0]) return viewOf(numbers);
  return masks.reduceRight((inner, mask) => where(mask, inner, output), expand(numbers, output.shape));
}

/** u8, 1 at the indices of a dimension; broadcasts to x. */
function indexMask(what: string, x: Tensor, axis: number, indices: readonly number[]): Tensor {
  const size = x.shape[axis] ?? 0;
  const mask = new Uint8Array(size);
  for (const index of indices) {
    if (!Number.isInteger(index) || index < -size || index >= size) {
      throw new ArgumentError(
        `patchActivations: ${what} are integers from ${-size} to ${size - 1} (got ${index})`,
      );
    }
    mask[index < 0 ? index + size : index] = 1;
  }
  const shape = x.shape.map((n, d) => (d === axis ? n : 1));
  return tensor(mask, { shape, backend: x.backend });
}
