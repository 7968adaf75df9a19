import { ArgumentError } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { CallNames, type ModuleTree } from "../module-paths.ts";

/** Which modules are the blocks of a model: paths, or what matches. Default the outermost `layers.0`, `layers.1` ... */
export type Blocks = readonly string[] | RegExp;

/**
 * The blocks between which the residual stream flows, in the order of the model.
 *
 * @param option  what says which, for the error
 * @throws ArgumentError for paths that are not there, and unless exactly one stack has blocks where none are named
 */
export function findBlocks(
  owner: string,
  model: ModuleTree,
  blocks: Blocks | undefined,
  option = "blocks",
): (readonly [Module, string])[] {
  const all = [...new CallNames(model).modules()];
  if (blocks !== undefined && !(blocks instanceof RegExp)) {
    return blocks.map((path) => {
      const found = all.find(([, each]) => each === path);
      if (found) return found;
      throw new ArgumentError(`${owner}: the model has no module ${path}`);
    });
  }
  const pattern = blocks ?? /(^|\.)layers\.\d+$/;
  const matching = all.filter(([, path]) => path.search(pattern) >= 0);
  const found = blocks
    ? matching
    : matching.filter(([, path]) => !matching.some(([, outer]) => path.startsWith(`${outer}.`)));
  const stacks = new Set(found.map(([, path]) => path.replace(/\.?\d+$/, "")));
  if (stacks.size === 1 || (blocks && found.length > 0)) return found;
  const got = stacks.size === 0 ? "none" : [...stacks].join(", ");
  throw new ArgumentError(`${owner}: say by ${option} which modules are the blocks (found stacks: ${got})`);
}
