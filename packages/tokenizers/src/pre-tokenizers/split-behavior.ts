import type { AlignedText } from "../pipeline/aligned-text.ts";

export const SPLIT_BEHAVIORS = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
] as const;

/**
 * What happens to the matches that a text is split at. `the-final--countdown` at `-`:
 *
 * | behaviour            | pieces                                    |
 * |----------------------|-------------------------------------------|
 * | `Removed`            | `the`, `final`, `countdown`               |
 * | `Isolated`           | `the`, `-`, `final`, `-`, `-`, `countdown` |
 * | `MergedWithPrevious` | `the-`, `final-`, `-`, `countdown`        |
 * | `MergedWithNext`     | `the`, `-final`, `-`, `-countdown`        |
 * | `Contiguous`         | `the`, `-`, `final`, `--`, `countdown`    |
 */
export type SplitBehavior = (typeof SPLIT_BEHAVIORS)[number];

/** The parts of a text, in order: part `i` ends at `ends[i]`, where the next one begins. */
interface Parts {
  readonly ends: number[];
  readonly isMatch: boolean[];
}

/**
 * Splits a text.
 *
 * @param matches  `[start, end, start, end ...]`, in order, not overlapping
 * @param invert   what lies between the matches counts as matches, and the other way round
 */
export function split(
  source: AlignedText,
  matches: readonly number[],
  behavior: SplitBehavior,
  invert: boolean,
): AlignedText[] {
  const { ends, isMatch } = partsOf(source.length, matches, invert);
  const pieces: AlignedText[] = [];
  let start = 0;
  for (let i = 0; i < ends.length; ) {
    let next = i + 1;
    if (behavior === "Contiguous") while (next < ends.length && isMatch[next] === isMatch[i]) next++;
    else if (behavior === "MergedWithPrevious") next += Number(!isMatch[i] && isMatch[i + 1] === true);
    else if (behavior === "MergedWithNext") next += Number(isMatch[i] === true && isMatch[i + 1] === false);
    const end = ends[next - 1]!;
    const isKept = behavior !== "Removed" || !isMatch[i];
    if (isKept && end > start) pieces.push(source.slice(start, end));
    start = end;
    i = next;
  }
  return pieces;
}

function partsOf(length: number, matches: readonly number[], invert: boolean): Parts {
  const ends: number[] = [];
  const isMatch: boolean[] = [];
  let last = 0;
  for (let i = 0; i < matches.length; i += 2) {
    const start = matches[i]!;
    if (start > last) {
      ends.push(start);
      isMatch.push(invert);
    }
    last = matches[i + 1]!;
    ends.push(last);
    isMatch.push(!invert);
  }
  if (last < length) {
    ends.push(length);
    isMatch.push(invert);
  }
  return { ends, isMatch };
}
