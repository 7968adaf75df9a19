import { activationFunctions } from "./activations.ts";
import { doubleFunctions } from "./double-float.ts";
import { elementaryFunctions } from "./elementary.ts";
import { nearFunctions } from "./near.ts";
import { quotientFunctions } from "./quotients.ts";
import { roundedFunctions } from "./rounded.ts";
import { threefryFunctions } from "./threefry.ts";
import { trigonometricFunctions } from "./trigonometric.ts";

/** One WGSL function of the library, and which others it calls. */
export interface WgslFunction {
  readonly needs?: readonly string[];
  readonly code: string;
}

export type WgslFunctions = Readonly<Record<string, WgslFunction>>;

/**
 * The source of these functions and of all that they call, each once.
 *
 * Everything here is made of additions, multiplications and integer operations, because WGSL promises little of its own
 * functions, and compilers may assume that NaN and infinity do not occur: these are told from others by their bits.
 */
export function library(names: readonly string[]): string {
  const all: WgslFunctions = {
    ...elementaryFunctions,
    ...doubleFunctions,
    ...trigonometricFunctions,
    ...activationFunctions,
    ...quotientFunctions,
    ...roundedFunctions,
    ...threefryFunctions,
    ...nearFunctions,
  };
  const done = new Set<string>();
  const parts: string[] = [];
  const add = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const found = all[name];
    if (found === undefined) throw new RangeError(`no WGSL function ${name}`);
    for (const needed of found.needs ?? []) add(needed);
    parts.push(found.code.trim());
  };
  for (const name of names) add(name);
  return parts.length === 0 ? "" : `${parts.join("\n")}\n`;
}
