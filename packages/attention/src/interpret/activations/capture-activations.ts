import { ArgumentError, type OptionNames, requireKnown, type Tensor, tidy } from "@saccade/core";
import type { ModuleTree } from "../module-paths.ts";
import { holding, viewOf, withActivationHook } from "./activation-hooks.ts";

/** Of `captureActivations`. */
export interface ActivationOptions {
  /** Whose modules. */
  readonly model: ModuleTree;
  /** Which activations, by their places: these, or those that match. Default all, which may be much. */
  readonly modules?: readonly string[] | RegExp | undefined;
  /** Also what the modules were called with. Default false. */
  readonly inputs?: boolean;
}

const optionNames: OptionNames<ActivationOptions> = { model: true, modules: true, inputs: true };

/** What `captureActivations` gives. */
export interface CapturedActivations<T> {
  /** What the function returned. */
  readonly result: T;
  /** By name, in the order in which they were computed. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The tensors that the modules were called with, by the same names; empty unless they are asked for. */
  readonly inputs: Readonly<Record<string, readonly Tensor[]>>;
}

/**
 * Runs `body` and returns what the modules of a model gave in it: of any model, by the paths of its modules. The numbers
 * are the model's own, not copies.
 *
 * Names are `layers.0`; `layers.0#2` for the second call; `layers.0:weights` where a module returns a record or an array;
 * `layers.0.attention:heads`, `[B, H, T, Ev]`, for what the heads of a module give before they are merged. Seen are calls
 * of `forward` and `cross`. Under a gradient activations are part of what is recorded. Opens a scope, as `tidy` does.
 * With `checkpoint`, a backward pass within `body` calls again.
 *
 * @param body  synchronous
 * @returns what `body` returned, and the activations, in the current scope
 * @throws LifetimeError if `body` is asynchronous; ArgumentError for modules that did not run, an option that is unknown
 * @example
 * const model = new Sequential(new Linear(4, 3, { key: new Key(0) }), new MultiHeadAttention(
 *   { embedDim: 3, numHeads: 1 }, { key: new Key(1) },
 * ));
 * const { outputs } = captureActivations(() => model.forward(zeros([1, 2, 4])), { model, modules: /^layers.\d(:|$)/ });
 * Object.keys(outputs); // => ["layers.0", "layers.1:heads", "layers.1"]
 * outputs["layers.1:heads"].shape; // => [1, 1, 2, 3]
 */
export function captureActivations<T>(body: () => T, options: ActivationOptions): CapturedActivations<T> {
  requireKnown("captureActivations", options, optionNames);
  const { model, modules, inputs: wantsInputs = false } = options;
  const seen = new Set<string>();
  const kept: { name: string; output: Tensor; inputs: Tensor[] }[] = [];
  const run = (hold: (x: Tensor) => Tensor): CapturedActivations<T> => {
    const result: T = withActivationHook(
      model,
      ({ place, name, output, inputs }) => {
        seen.add(place);
        if (isWanted(modules, place)) {
          kept.push({ name, output: hold(output), inputs: wantsInputs ? inputs.map(hold) : [] });
        }
        return output;
      },
      () => tidy(body as () => never),
    );
    if (Array.isArray(modules)) requireSeen("captureActivations", modules, seen);
    return {
      result,
      outputs: Object.fromEntries(kept.map(({ name, output }) => [name, viewOf(output)])),
      inputs: Object.fromEntries(
        wantsInputs ? kept.map(({ name, inputs }) => [name, inputs.map(viewOf)]) : [],
      ),
    };
  };
  return holding((hold) => tidy((() => run(hold)) as () => never));
}

function isWanted(modules: ActivationOptions["modules"], place: string): boolean {
  if (modules === undefined) return true;
  return modules instanceof RegExp ? place.search(modules) >= 0 : modules.includes(place);
}

/** @throws ArgumentError if any of these places gave nothing */
export function requireSeen(owner: string, places: readonly string[], seen: ReadonlySet<string>): void {
  const missing = places.filter((place) => !seen.has(place));
  if (missing.length === 0) return;
  throw new ArgumentError(
    `${owner}: ${missing.join(", ")} did not run (${seen.size > 0 ? [...seen].join(", ") : "nothing"} did)`,
  );
}
