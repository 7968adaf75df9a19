import {
  ArgumentError,
  div,
  noGrad,
  type OptionNames,
  requireKnown,
  reshape,
  ShapeError,
  stack,
  sub,
  type Tensor,
  tidy,
} from "@saccade/core";
import type { ModuleTree } from "../module-paths.ts";
import { type ProgressOption, runCounter } from "../run-progress.ts";
import { findBlocks } from "./block-paths.ts";
import { captureActivations } from "./capture-activations.ts";
import { patchActivations, type Replacement } from "./patch-activations.ts";

/** Of `patchingEffects`. */
export interface EffectOptions extends ProgressOption {
  readonly model: ModuleTree;
  /** Which activations, by their places. Default the blocks of the model; by head, all that end in ":heads". */
  readonly modules?: readonly string[] | RegExp | undefined;
  /** What is patched at a time: a whole activation, one position of it, or one head. Default "position". */
  readonly by?: "activation" | "position" | "head";
}

const optionNames: OptionNames<EffectOptions> = {
  model: true,
  modules: true,
  by: true,
  onProgress: true,
};

/** What `patchingEffects` gives. */
export interface PatchingEffects {
  /** Of the rows. */
  readonly names: readonly string[];
  /** `[n]`, `[n, T]` by position, `[n, H]` by head: 0 as in the corrupted run, 1 as in the clean one. */
  readonly effects: Tensor;
  /** The metric of the clean run, and of the corrupted one. */
  readonly clean: Tensor;
  readonly corrupted: Tensor;
}

/**
 * Activation patching: where is what makes the difference between two runs? The corrupted run is repeated with one
 * activation of the clean run at a time, and each time the metric is taken:
 * `effect = (metric(patched) - metric(corrupted)) / (metric(clean) - metric(corrupted))`.
 *
 * Takes as many runs as there are effects, and two more.
 *
 * @param clean  a run of the model
 * @param corrupted  another, whose activations have the same shapes
 * @param metric  a number of what a run returns, such as the difference of two logits
 * @param options.onProgress  told behind each patched run how many have been started: a GPU may still be at work
 * @returns in the current scope; not finite where the metric is the same in both runs
 * @throws ArgumentError for activations that are not there, an option that is unknown; ShapeError where activations do not fit
 *   or the metric is not one number
 * @see Meng et al. 2022, arXiv:2202.05262, section 2.1: their indirect effect over their total effect; Wang et al. 2022,
 *   arXiv:2211.00593
 * @example
 * const model = new Sequential(new Linear(2, 2, { key: new Key(0) }), new Linear(2, 1, { key: new Key(1) }));
 * const [a, b] = [tensor([[[1, 0], [0, 1]]]), tensor([[[1, 0], [1, 1]]])]; // [1, 2, 2]: they differ in the second row
 * const { names, effects } = patchingEffects(
 *   () => model.forward(a),
 *   () => model.forward(b),
 *   (y) => y.sum(),
 *   { model },
 * );
 * names; // => ["layers.0", "layers.1"]
 * effects; // => [[0, 1], [0, 1]]
 */
export function patchingEffects<T>(
  clean: () => T,
  corrupted: () => T,
  metric: (result: T) => Tensor,
  options: EffectOptions,
): PatchingEffects {
  requireKnown("patchingEffects", options, optionNames);
  const { model, by = "position" } = options;
  if (by !== "activation" && by !== "position" && by !== "head") {
    throw new ArgumentError(
      `patchingEffects: by must be "activation", "position" or "head" (got ${String(by)})`,
    );
  }
  const ran = runCounter("patchingEffects", options, 2);
  const modules = options.modules ?? (by === "head" ? /:heads$/ : blocksOf(model));
  return tidy(() =>
    noGrad(() => {
      const measured = captureActivations(() => measure(clean, metric), { model, modules });
      const from = measured.result;
      const to = tidy(() => measure(corrupted, metric));
      const gain = sub(from, to);
      const names = Object.keys(measured.outputs);
      if (names.length === 0) throw new ArgumentError("patchingEffects: no activation matches");
      const parts = names.map((name) => partsOf(name, measured.outputs[name], by));
      const total = 2 + parts.flat().length;
      const effect = (name: string, replacement: Replacement): Tensor =>
        tidy(() => {
          const patches = { [name.includes("#") ? name : `${name}#1`]: replacement };
          const patched = patchActivations(() => measure(corrupted, metric), { model, patches });
          ran(total);
          return div(sub(patched, to), gain);
        });
      const rows = names.map((name, i) => {
        const effects = parts[i].map((part) => effect(name, part));
        return by === "activation" ? effects[0] : stack(effects);
      });
      const odd = rows.findIndex((row) => row.size !== rows[0].size);
      if (odd > 0) {
        throw new ShapeError(
          `patchingEffects: ${names[0]} and ${names[odd]} differ (${rows[0].size} and ${rows[odd].size} of a ${by})`,
        );
      }
      return { names, effects: stack(rows), clean: from, corrupted: to };
    }),
  );
}

const blocksOf = (model: ModuleTree): string[] =>
  findBlocks("patchingEffects", model, undefined, "modules").map(([, path]) => path);

function measure<T>(run: () => T, metric: (result: T) => Tensor): Tensor {
  const value = metric(run());
  if (value.size === 1) return reshape(value, []);
  throw new ShapeError(`patchingEffects: the metric must be one number (got ${value.describe()})`);
}

/** What is patched of an activation, one at a time. */
function partsOf(name: string, from: Tensor, by: EffectOptions["by"]): Replacement[] {
  if (by === "activation") return [from];
  const ofHeads = /:heads(#\d+)?$/.test(name);
  if (by === "head" && !ofHeads) throw new ArgumentError(`patchingEffects: ${name} has no heads`);
  const axis = by === "head" || !ofHeads ? 1 : 2;
  return Array.from({ length: from.shape[axis] ?? 0 }, (_, i) =>
    by === "head" ? { from, heads: [i] } : { from, positions: [i] },
  );
}
