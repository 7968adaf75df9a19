import type { KeyWords } from "@saccade/core/backend";
import { library } from "../wgsl/library.ts";
import type { Uniforms } from "../wgsl/uniforms.ts";
import type { MapCall } from "./map.ts";

/** Random words of elements that are counted from `first` on. */
export interface RandomSource {
  readonly key: KeyWords;
  readonly first: number;
}

export function countFrom(u: Uniforms, { key, first }: RandomSource): void {
  u.u32("key0", key[0]).u32("key1", key[1]);
  u.u32("first0", first % 2 ** 32).u32("first1", Math.floor(first / 2 ** 32));
}

/** Declares `block` and `odd` of element `index`. */
export function blockOf(index: string): string {
  return `let place = placeFrom(vec2<u32>(P.first0, P.first1), ${index});
  let block = randomBlock(vec2<u32>(P.key0, P.key1), place);
  let odd = (place.x & 1u) == 1u;`;
}

/** Declares the blocks of elements i and i + 1, and of the two after; the first of them is even. */
export const pairOfBlocks = `let place = placeFrom(vec2<u32>(P.first0, P.first1), i);
  let early = randomBlock(vec2<u32>(P.key0, P.key1), place);
  let late = randomBlock(vec2<u32>(P.key0, P.key1), placeFrom(place, 2u));`;

/** What the expression calls, and what its random words come from. */
export function functionsOf({ functions, random }: MapCall): string {
  return (random ? library(["placeFrom", "randomBlock"]) : "") + (functions?.() ?? "");
}
