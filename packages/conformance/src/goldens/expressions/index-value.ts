import { index, type SliceRange, slice, Tensor, tensor, unbind, unsqueeze } from "@saccade/core";
import { SkipCase } from "../skip.ts";
import type { Expression, IndexItem } from "./parse.ts";
import { asNumber, asNumbers, describe, type Value } from "./values.ts";

/** What stands at one place of an index, evaluated. */
type Place =
  | { readonly kind: "whole" }
  | { readonly kind: "range"; readonly range: SliceRange }
  | { readonly kind: "at"; readonly at: number }
  | { readonly kind: "new" }
  | { readonly kind: "by"; readonly tensor: Tensor };

function placeOf(item: IndexItem, value: (expression: Expression) => Value): Place {
  if (item.kind === "range") {
    const [start = null, end = null, step] = item.bounds.map((bound) =>
      bound === null ? null : asNumber(value(bound), "a bound"),
    );
    return { kind: "range", range: [start, end, step ?? 1] };
  }
  const given = value(item.value);
  if (given === null) return { kind: "new" };
  if (typeof given === "number") return { kind: "at", at: given };
  if (Array.isArray(given))
    return { kind: "by", tensor: tensor(asNumbers(given, "an index"), { dtype: "i32" }) };
  if (!(given instanceof Tensor)) throw new Error(`${describe(given)} is no index`);
  return { kind: "by", tensor: given };
}

/** The variable that holds where a mask is set, `[count, rank]`. */
export const positionsOf = (name: string): string => `positions of ${name}`;

/** A mask stands for an index per dimension of it. */
function placesOf(item: IndexItem, value: (expression: Expression) => Value): Place[] {
  const place = placeOf(item, value);
  if (place.kind !== "by" || place.tensor.dtype !== "u8") return [place];
  if (item.kind !== "at" || item.value.kind !== "name")
    throw new SkipCase("indexing by a computed mask waits for data; maskedSelect does it");
  const positions = value({ kind: "name", name: positionsOf(item.value.name) });
  if (!(positions instanceof Tensor)) throw new SkipCase("indexing by a mask waits for data");
  return unbind(positions, 1).map((tensor) => ({ kind: "by", tensor }));
}

/** The ellipsis as whole dimensions; what is not named is whole anyway. */
function spellOut(
  rank: number,
  items: readonly IndexItem[],
  value: (expression: Expression) => Value,
): Place[] {
  const isEllipsis = (item: IndexItem): boolean => item.kind === "at" && item.value.kind === "ellipsis";
  const places = items.flatMap((item) => (isEllipsis(item) ? [null] : placesOf(item, value)));
  const named = places.filter((place) => place !== null && place.kind !== "new").length;
  return places.flatMap((place) =>
    place ? [place] : Array.from({ length: rank - named }, (): Place => ({ kind: "whole" })),
  );
}

/** `object[items]`, for tensors as PyTorch has it, and for lists. */
export function indexValue(
  object: Value,
  items: readonly IndexItem[],
  value: (expression: Expression) => Value,
): Value {
  if (Array.isArray(object)) {
    const [item] = items;
    if (items.length !== 1 || item.kind !== "at") throw new Error("a list is indexed by one number");
    const found = object.at(asNumber(value(item.value), "an index"));
    if (found === undefined) throw new Error(`the list has ${object.length} elements`);
    return found;
  }
  if (!(object instanceof Tensor)) throw new Error(`${describe(object)} cannot be indexed`);
  const places = spellOut(object.rank, items, value);
  const dims = places.filter((place) => place.kind !== "new");
  // Ranges first, dimensions kept; then those that integers drop and None adds; then tensors.
  const ranges = dims.map((place): SliceRange | null => {
    if (place.kind === "range") return place.range;
    return place.kind === "at" ? [place.at, place.at === -1 ? null : place.at + 1] : null;
  });
  let result = slice(object, ...ranges);
  const by: (Tensor | null)[] = [];
  for (const place of places) {
    const axis = by.length;
    if (place.kind === "at") result = result.reshape(result.shape.filter((_, d) => d !== axis));
    else by.push(place.kind === "by" ? place.tensor : null);
    if (place.kind === "new") result = unsqueeze(result, axis);
  }
  return by.some((tensor) => tensor !== null) ? index(result, by) : result;
}
