import { ComponentFields } from "../component-json.ts";
import { checkOptions, show, TokenizerError } from "../errors.ts";
import { sliceRun, type TokenRun } from "./token-run.ts";

/** How long an encoding may be, and what is cut off. */
export interface TruncationOptions {
  /** Tokens, special tokens included. */
  readonly maxLength: number;
  /** Which text of a pair is cut: the longer one first, or always the first, or always the second. */
  readonly strategy?: "longestFirst" | "onlyFirst" | "onlySecond";
  /** Where it is cut. Default `"right"`. */
  readonly direction?: "left" | "right";
  /** Tokens that an overflowing part has in common with the one before. Default 0. */
  readonly stride?: number;
  /**
   * How much of a text that is too long is tokenized, and so comes to stand in `overflowing`: up to the word with
   * which `maxLength` is reached (`"word"`, the default: what the Rust library does), or `"all"` of it, as sliding
   * windows need it.
   */
  readonly overflow?: "word" | "all";
}

/** `truncation` of `tokenizer.json`. */
export interface TruncationJson {
  readonly direction: "Left" | "Right";
  readonly max_length: number;
  readonly strategy: "LongestFirst" | "OnlyFirst" | "OnlySecond";
  readonly stride: number;
}

const strategies = {
  LongestFirst: "longestFirst",
  OnlyFirst: "onlyFirst",
  OnlySecond: "onlySecond",
} as const;

export function readTruncation(json: unknown, path = "truncation"): Required<TruncationOptions> {
  const fields = new ComponentFields(json, path);
  const options = {
    direction: fields.oneOf("direction", ["Left", "Right"], "Right") === "Left" ? "left" : "right",
    maxLength: fields.integer("max_length"),
    strategy:
      strategies[fields.oneOf("strategy", ["LongestFirst", "OnlyFirst", "OnlySecond"], "LongestFirst")],
    stride: fields.integer("stride", 0),
    overflow: "word",
  } as const;
  fields.end();
  return options;
}

export function truncationJson(options: Required<TruncationOptions>): TruncationJson {
  const names = { longestFirst: "LongestFirst", onlyFirst: "OnlyFirst", onlySecond: "OnlySecond" } as const;
  return {
    direction: options.direction === "left" ? "Left" : "Right",
    max_length: options.maxLength,
    strategy: names[options.strategy],
    stride: options.stride,
  };
}

/** The options with their defaults, checked. */
export function checkTruncation(operation: string, options: TruncationOptions): Required<TruncationOptions> {
  checkOptions(`${operation}: truncation`, options, [
    "maxLength",
    "strategy",
    "direction",
    "stride",
    "overflow",
  ]);
  const {
    maxLength,
    strategy = "longestFirst",
    direction = "right",
    stride = 0,
    overflow = "word",
  } = options;
  for (const [name, value] of Object.entries({ maxLength, stride })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new TokenizerError(
      `${operation}: truncation.${name} must be a whole number >= 0 (got ${show(value)})`,
    );
  }
  if (!Object.values(strategies).includes(strategy)) {
    throw new TokenizerError(`${operation}: there is no truncation.strategy ${show(strategy)}`);
  }
  if (direction !== "left" && direction !== "right") {
    throw new TokenizerError(
      `${operation}: truncation.direction must be "left" or "right" (got ${show(direction)})`,
    );
  }
  if (overflow !== "word" && overflow !== "all") {
    throw new TokenizerError(
      `${operation}: truncation.overflow must be "word" or "all" (got ${show(overflow)})`,
    );
  }
  return { maxLength, strategy, direction, stride, overflow };
}

/** A text's tokens after truncation: what is kept, and the parts that did not fit, in order. */
export interface Parts {
  readonly kept: TokenRun;
  readonly overflowing: readonly TokenRun[];
}

/**
 * Cuts one run, or the two of a pair, so that together they have at most `room` tokens.
 *
 * @throws TokenizerError where the strategy cuts a text that is not there or is too short
 */
export function truncateRuns(
  operation: string,
  runs: readonly TokenRun[],
  room: number,
  options: Required<TruncationOptions>,
): Parts[] {
  const lengths = runs.map(({ ids }) => ids.length);
  const excess = lengths.reduce((sum, n) => sum + n, 0) - room;
  if (excess <= 0) return runs.map((kept) => ({ kept, overflowing: [] }));
  if (room <= 0) return runs.map((run) => cut(operation, run, 0, options));
  if (options.strategy === "longestFirst") {
    const targets = runs.length === 1 ? [room] : shares(lengths[0]!, lengths[1]!, room);
    return runs.map((run, i) => cut(operation, run, targets[i]!, options));
  }
  const which = options.strategy === "onlyFirst" ? 0 : 1;
  if (which >= runs.length) {
    throw new TokenizerError(`${operation}: truncation.strategy "onlySecond" needs a pair (got one text)`);
  }
  if (lengths[which]! <= excess) {
    throw new TokenizerError(
      `${operation}: ${excess} tokens have to go, but the ${which === 0 ? "first" : "second"} text has only ` +
        `${lengths[which]} (strategy "${options.strategy}", maxLength ${options.maxLength})`,
    );
  }
  return runs.map((run, i) => cut(operation, run, lengths[i]! - (i === which ? excess : 0), options));
}

/** What each of two texts keeps when the longer one is cut first, and then both. */
function shares(first: number, second: number, room: number): readonly [number, number] {
  let [short, long] = first <= second ? [first, second] : [second, first];
  long = short > room ? short : Math.max(short, room - short);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = short + (room % 2);
  }
  return first <= second ? [short, long] : [long, short];
}

/** The first (or last) `length` tokens, and the rest in parts of that length that overlap by the stride. */
function cut(operation: string, run: TokenRun, length: number, options: Required<TruncationOptions>): Parts {
  const total = run.ids.length;
  if (length >= total) return { kept: run, overflowing: [] };
  if (length === 0) return { kept: sliceRun(run, 0, 0), overflowing: [run] };
  const { stride, direction } = options;
  if (stride >= length) {
    throw new TokenizerError(
      `${operation}: truncation.stride must be less than the ${length} tokens that a part can hold (got ${stride})`,
    );
  }
  const parts: TokenRun[] = [];
  for (let done = 0; ; done += length - stride) {
    const from = direction === "right" ? done : Math.max(total - done - length, 0);
    const to = direction === "right" ? Math.min(done + length, total) : total - done;
    parts.push(sliceRun(run, from, to));
    if (direction === "right" ? to === total : from === 0) break;
  }
  return { kept: parts[0]!, overflowing: parts.slice(1) };
}
