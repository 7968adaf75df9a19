/**
 * The largest element of a row and the sum of exponentials below it, for softmax and cross-entropy.
 *
 * Declares `base`, the largest element: NaN if there is one, the lowest finite number where all is masked; `sum` of
 * e^(x - base); and `broken`: the row holds NaN or +infinity, and the sum says nothing.
 */
import type { RowText } from "./row-text.ts";

export const peakUses = ["expNear", "sumOf", "sizeBits", "largestOf", "larger", "isNan", "isInf"] as const;

const LOWEST = "-3.4028234663852886e38";
const broken = "let broken = isNan(base) || isInf(base);";

/** Two runs over a row that is held. `keep`: the exponentials take its place. */
export function heldPeak({ each, kept, set }: RowText, name: string, keep: boolean): string {
  return `var tops = vec4<f32>(${LOWEST});
  var sizes = vec4<u32>();
  ${each(`let v = ${kept(name, LOWEST)}; tops = max(tops, v); sizes = max(sizes, sizeBits(v));`)}
  let base = largest(largestOf(tops, sizes), own, first);
  ${broken}
  var sums = vec4<f32>();
  ${each(`let e = ${kept(`expNear(${name} - base)`)}; sums += e; ${keep ? set(name, "e") : ""}`)}
  let sum = total(sumOf(sums), own, first);`;
}

/** One run: where a larger element is found, the sum so far is scaled down. */
export function runningPeak({ each, kept }: RowText, name: string): string {
  return `var top = ${LOWEST};
  var sizes = vec4<u32>();
  var sums = vec4<f32>();
  ${each(`let v = ${kept(name, LOWEST)};
      sizes = max(sizes, sizeBits(v));
      let higher = max(top, max(max(v.x, v.y), max(v.z, v.w)));
      sums = sums * expNear(vec4<f32>(top - higher)).x + ${kept("expNear(v - higher)")};
      top = higher;`)}
  let base = largest(largestOf(vec4<f32>(top), sizes), own, first);
  ${broken}
  let sum = total(sumOf(sums) * expNear(vec4<f32>(top - base)).x, own, first);`;
}
