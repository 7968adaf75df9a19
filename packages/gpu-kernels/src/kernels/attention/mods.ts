/** WGSL of what the caller's own functions add to scores, and of what they leave to be computed at all. */
import type { AttentionAttrs, DType, View } from "@saccade/core/backend";
import { capturedBy, capturedName, placeNamed, programFunction, programLibrary } from "./programs.ts";
import type { AttentionShape } from "./shape.ts";

/** Where the inputs that belong to `attrs.mods` begin. */
export const MODS_BEGIN = { forward: 8, backward: 10 } as const;

/** What `attrs.mods` adds to the inputs. */
export type ModInputs = readonly (View | null)[];

/** Results of the score's program: the score, and in backward its derivative. */
export type Results = 1 | 2;

/** The views that these functions read, by name, of which a kernel binds those that it needs. */
export function modViews(
  [blocks = null, ...captured]: ModInputs,
  { mods }: AttentionAttrs,
  results: Results,
): Readonly<Record<string, View | null>> {
  if (mods === undefined) return {};
  const { score, mask } = mods;
  const tensors = [...(score ? capturedBy(score, results) : []), ...(mask ? capturedBy(mask, 1) : [])];
  const used = [...new Set(tensors)].sort((a, b) => a - b);
  return { blocks, ...Object.fromEntries(used.map((n) => [capturedName(n), captured[n]])) };
}

/** The functions, and what one query or 64 of them see of keys by them. */
export function modFunctions(
  { scoreMod, maskMod }: AttentionShape,
  results: Results,
  dtypeOf: (captured: string) => DType,
): string {
  if (scoreMod === null && maskMod === null) return "";
  return `${placeNamed}${scoreMod ? programFunction("scoreMod", scoreMod, results, dtypeOf) : ""}${
    maskMod ? `${programFunction("maskMod", maskMod, 1, dtypeOf)}${blocks}` : ""
  }`;
}

/** `seenOf`: what `rows` queries from i on see of `columns` keys from j on; 0 is nothing, 2 everything, 1 the rest. */
const blocks = `fn seenOf(b: i32, h: i32, i: i32, rows: i32, j: i32, columns: i32) -> i32 {
  var least = 2;
  var most = 0;
  for (var r = i >> 6u; r <= (min(i + rows, P.queries) - 1) >> 6u; r++) {
    for (var c = j >> 6u; c <= (min(j + columns, P.keys) - 1) >> 6u; c++) {
      let seen = blocks[P.blocks_o + b * P.blocks_0 + h * P.blocks_1 + r * P.blocks_2 + c * P.blocks_3];
      least = min(least, seen);
      most = max(most, seen);
    }
  }
  return select(min(1, most), 2, least == 2);
}
`;

/** Goes on to the next tile where nothing is seen of this one; declares `seen`. `tile`: arguments of `seenOf`. */
export function skipUnseen(tile: string): string {
  return `let seen = seenOf(b, h, ${tile});
    if (seen == 0) { continue; }`;
}

/** The library functions that these call. */
export function modLibrary({ scoreMod, maskMod }: AttentionShape): readonly string[] {
  return [...(scoreMod ? programLibrary(scoreMod) : []), ...(maskMod ? programLibrary(maskMod) : [])];
}
