/** A place among weights that are sorted from the largest. */
export interface Place {
  readonly weight: number;
  /** How many equal weights come before it. */
  readonly equalsBefore: number;
  /** The sum of all weights up to it, its own included. */
  readonly mass: number;
}

/**
 * The first place, from the largest weight on, up to which there are `target` weights, or there is `target` of their sum:
 * by quickselect, in O(n) where sorting takes O(n log n).
 *
 * @param weights  positive, at least one; they are reordered
 * @param target  more than there is ends at the last place
 */
export function descend(weights: Float64Array, target: number, by: "count" | "mass"): Place {
  let low = 0;
  let high = weights.length;
  let count = 0; // of all before `low`
  let mass = 0;
  for (;;) {
    const pivot = medianOfThree(weights, low, high);
    const { equal, less, massAbove } = partition(weights, low, high, pivot);
    const reached = by === "count" ? count + equal - low : mass + massAbove;
    if (equal > low && target <= reached) {
      high = equal;
      continue;
    }
    const needed = Math.max(1, Math.ceil((target - reached) / (by === "count" ? 1 : pivot)));
    const equals = Math.min(needed, less - equal);
    if (needed <= less - equal || less === high) {
      return { weight: pivot, equalsBefore: equals - 1, mass: mass + massAbove + equals * pivot };
    }
    count += less - low;
    mass += massAbove + equals * pivot;
    low = less;
  }
}

/** Reorders `[low, high)` into weights above the pivot, those equal to it from `equal`, those below from `less`. */
function partition(
  weights: Float64Array,
  low: number,
  high: number,
  pivot: number,
): { equal: number; less: number; massAbove: number } {
  let equal = low;
  let less = high;
  let massAbove = 0;
  for (let i = low; i < less; ) {
    const weight = weights[i];
    if (weight > pivot) {
      massAbove += weight;
      weights[i++] = weights[equal];
      weights[equal++] = weight;
    } else if (weight < pivot) {
      weights[i] = weights[--less];
      weights[less] = weight;
    } else i++;
  }
  return { equal, less, massAbove };
}

function medianOfThree(weights: Float64Array, low: number, high: number): number {
  const a = weights[low];
  const b = weights[(low + high) >> 1];
  const c = weights[high - 1];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
