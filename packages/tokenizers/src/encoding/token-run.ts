import type { TokenSink } from "../pipeline/token-sink.ts";

/** Tokens of one text, or a stretch of them, as flat arrays; `words` is -1 for none. */
export interface TokenRun {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly words: Int32Array;
  /** What a token is called where that is not its id's name, by index. */
  readonly texts?: ReadonlyMap<number, string> | undefined;
}

/** What stands in a sink, as arrays of its own: the sink can be used anew. */
export function runOf(sink: TokenSink): TokenRun {
  const { length } = sink;
  return {
    ids: sink.ids.slice(0, length),
    starts: sink.starts.slice(0, length),
    ends: sink.ends.slice(0, length),
    words: sink.words.slice(0, length),
    texts: sink.texts,
  };
}

/**
 * What is left of a run where tokenization stops early: words in order, from the given end, until one that the model
 * tokenized brings the count to `most`. Words count from the first that is left.
 *
 * @param added  indices of the tokens that were found in the text, not made by the model, ascending
 */
export function upToWord(
  run: TokenRun,
  most: number,
  direction: "left" | "right",
  added: readonly number[],
): TokenRun {
  const { words } = run;
  const { length } = words;
  if (length <= most) return run;
  const isAdded = new Set(added);
  if (direction === "right") {
    for (let end = 0; end < length; ) {
      const start = end;
      while (end < length && words[end] === words[start]) end++;
      if (end >= most && !isAdded.has(start)) return sliceRun(run, 0, end);
    }
    return run;
  }
  for (let start = length; start > 0; ) {
    const end = start;
    while (start > 0 && words[start - 1] === words[end - 1]) start--;
    if (length - start < most || isAdded.has(start)) continue;
    const left = sliceRun(run, start, length);
    const first = words[start]!;
    return { ...left, words: left.words.map((word) => word - first) };
  }
  return run;
}

/** Tokens `from .. to` of a run; spans are copied, as they may be moved afterwards. */
export function sliceRun(run: TokenRun, from: number, to: number): TokenRun {
  return {
    ids: run.ids.subarray(from, to),
    starts: run.starts.slice(from, to),
    ends: run.ends.slice(from, to),
    words: run.words.subarray(from, to),
    texts: shifted(run.texts, from, to, -from),
  };
}

/** The entries with `from <= index < to`, moved by `by`. */
export function shifted(
  texts: ReadonlyMap<number, string> | undefined,
  from: number,
  to: number,
  by: number,
): Map<number, string> | undefined {
  if (texts === undefined) return undefined;
  const moved = new Map<number, string>();
  for (const [index, text] of texts) if (index >= from && index < to) moved.set(index + by, text);
  return moved.size === 0 ? undefined : moved;
}
