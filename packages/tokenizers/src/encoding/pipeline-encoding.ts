import type { Encoding, Offset } from "../tokenizer.ts";
import type { Padding } from "./padding.ts";
import { shifted } from "./token-run.ts";

/** What an encoding is made of: flat arrays with one entry per token, `[T]`. */
export interface EncodingArrays {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Index of the word, -1 for none. */
  readonly words: Int32Array;
  /** 0 and 1 for the two texts of a pair, -1 for tokens that were added. */
  readonly sequences: Int8Array;
  readonly attentionMask: Uint8Array;
  readonly specialTokensMask: Uint8Array;
  /** What a token is called where that is not its id's name, by index. */
  readonly texts?: ReadonlyMap<number, string> | undefined;
}

/**
 * An encoded text, or pair of texts. All lists have one entry per token; they are built when they are asked for.
 * Positions and spans are UTF-16 units of the text that a token comes from (or code points, where that was asked
 * for).
 */
export class PipelineEncoding implements Encoding {
  readonly #arrays: EncodingArrays;
  readonly #name: (id: number) => string | undefined;
  /** The parts that truncation cut off, in order, each with its special tokens. */
  readonly overflowing: readonly PipelineEncoding[];
  #tokens: readonly string[] | undefined;
  #offsets: readonly Offset[] | undefined;
  #wordIds: readonly (number | undefined)[] | undefined;
  #sequenceIds: readonly (number | undefined)[] | undefined;

  constructor(
    arrays: EncodingArrays,
    overflowing: readonly PipelineEncoding[],
    name: (id: number) => string | undefined,
  ) {
    this.#arrays = arrays;
    this.overflowing = overflowing;
    this.#name = name;
  }

  get length(): number {
    return this.#arrays.ids.length;
  }

  get ids(): Int32Array {
    return this.#arrays.ids;
  }

  /** `[T]`, which segment each token belongs to, as the post-processor has it. */
  get typeIds(): Int32Array {
    return this.#arrays.typeIds;
  }

  /** `[T]`, 0 where there is padding, else 1. */
  get attentionMask(): Uint8Array {
    return this.#arrays.attentionMask;
  }

  /** `[T]`, 1 where a special token or padding was added. */
  get specialTokensMask(): Uint8Array {
    return this.#arrays.specialTokensMask;
  }

  get tokens(): readonly string[] {
    const { ids, texts } = this.#arrays;
    this.#tokens ??= Array.from(ids, (id, i) => texts?.get(i) ?? this.#name(id) ?? "");
    return this.#tokens;
  }

  get offsets(): readonly Offset[] {
    const { starts, ends } = this.#arrays;
    this.#offsets ??= Array.from(starts, (start, i) => [start, ends[i]!] as const);
    return this.#offsets;
  }

  /** Which word of its text each token belongs to; `undefined` for tokens that were added. */
  get wordIds(): readonly (number | undefined)[] {
    this.#wordIds ??= Array.from(this.#arrays.words, orNone);
    return this.#wordIds;
  }

  /** Which text of a pair each token belongs to, 0 or 1; `undefined` for tokens that were added. */
  get sequenceIds(): readonly (number | undefined)[] {
    this.#sequenceIds ??= Array.from(this.#arrays.sequences, orNone);
    return this.#sequenceIds;
  }

  /** The token whose span holds position `at` of a text, or `undefined`. */
  charToToken(at: number, sequence = 0): number | undefined {
    const { starts, ends, sequences } = this.#arrays;
    for (let i = 0; i < starts.length; i++) {
      if (sequences[i] === sequence && starts[i]! <= at && at < ends[i]!) return i;
    }
    return undefined;
  }

  /** The word whose token holds position `at` of a text, or `undefined`. */
  charToWord(at: number, sequence = 0): number | undefined {
    const token = this.charToToken(at, sequence);
    return token === undefined ? undefined : this.tokenToWord(token);
  }

  /** The text that a token belongs to, 0 or 1, or `undefined`. */
  tokenToSequence(token: number): number | undefined {
    return orNone(this.#arrays.sequences[token] ?? -1);
  }

  /** The word that a token belongs to, or `undefined`. */
  tokenToWord(token: number): number | undefined {
    return orNone(this.#arrays.words[token] ?? -1);
  }

  /** The span of a token in its text; `undefined` for tokens that were added. */
  tokenToChars(token: number): Offset | undefined {
    const { starts, ends } = this.#arrays;
    return this.tokenToSequence(token) === undefined ? undefined : [starts[token]!, ends[token]!];
  }

  /** The range of tokens `[start, end)` that a word consists of, or `undefined`. */
  wordToTokens(word: number, sequence = 0): Offset | undefined {
    const { words, sequences } = this.#arrays;
    let start = -1;
    let end = -1;
    for (let i = 0; i < words.length; i++) {
      if (words[i] !== word || sequences[i] !== sequence) continue;
      if (start < 0) start = i;
      end = i + 1;
    }
    return start < 0 ? undefined : [start, end];
  }

  /** The span of a word in its text, or `undefined`. */
  wordToChars(word: number, sequence = 0): Offset | undefined {
    const tokens = this.wordToTokens(word, sequence);
    if (tokens === undefined) return undefined;
    return [this.#arrays.starts[tokens[0]]!, this.#arrays.ends[tokens[1] - 1]!];
  }

  /** The same, filled up to `length` tokens; so are the overflowing parts. */
  padded(length: number, padding: Padding): PipelineEncoding {
    const overflowing = this.overflowing.map((part) => part.padded(length, padding));
    const missing = length - this.length;
    if (missing <= 0) return new PipelineEncoding(this.#arrays, overflowing, this.#name);
    const at = padding.direction === "left" ? missing : 0; // where the tokens go
    const old = this.#arrays;
    const int32 = (from: Int32Array, fill: number): Int32Array => {
      const to = new Int32Array(length).fill(fill);
      to.set(from, at);
      return to;
    };
    const uint8 = (from: Uint8Array, fill: number): Uint8Array => {
      const to = new Uint8Array(length).fill(fill);
      to.set(from, at);
      return to;
    };
    const sequences = new Int8Array(length).fill(-1);
    sequences.set(old.sequences, at);
    const texts = shifted(old.texts, 0, this.length, at) ?? new Map<number, string>();
    const padAt = at === 0 ? this.length : 0;
    if (this.#name(padding.id) !== padding.token) {
      for (let i = 0; i < missing; i++) texts.set(padAt + i, padding.token);
    }
    const arrays: EncodingArrays = {
      ids: int32(old.ids, padding.id),
      typeIds: int32(old.typeIds, padding.typeId),
      starts: int32(old.starts, 0),
      ends: int32(old.ends, 0),
      words: int32(old.words, -1),
      sequences,
      attentionMask: uint8(old.attentionMask, 0),
      specialTokensMask: uint8(old.specialTokensMask, 1),
      texts,
    };
    return new PipelineEncoding(arrays, overflowing, this.#name);
  }
}

function orNone(index: number): number | undefined {
  return index < 0 ? undefined : index;
}
