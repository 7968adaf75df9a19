import { checkOptions, show, TokenizerError, TokenizerFormatError, UnknownIdError } from "../errors.ts";
import { scannerFor } from "../scan/known-patterns.ts";
import { type IdSink, ScanningEncoder } from "../scan/scanning-encoder.ts";
import type { DecodeStream } from "../tokenizer.ts";
import type { ByteRanks } from "./byte-ranks.ts";
import { RankWordModel } from "./rank-word-model.ts";

export interface BytePairEncodingOptions {
  /** Tokens and their ranks, which are their ids. */
  readonly ranks: ByteRanks;
  /**
   * What cuts a text into words: one of tiktoken's patterns (r50k, cl100k, o200k) or of those of Llama 3 and Qwen 2
   * as a string, or any regular expression; what it does not match is left out.
   */
  readonly pattern: string | RegExp;
  /** Texts that stand for one id, where they are asked for. */
  readonly specialTokens?: Readonly<Record<string, number>>;
}

/** Which special tokens a text may spell. */
export interface SpecialTokenOptions {
  /** Those that become their ids. Default: none. */
  readonly allowedSpecial?: "all" | Iterable<string>;
  /** Those that throw where the text has them; allowed ones never do. Default: all that are not allowed. */
  readonly disallowedSpecial?: "all" | Iterable<string>;
}

/**
 * Byte-pair encoding as tiktoken does it, for ids only: no offsets, no training, and a small bundle.
 *
 * @see the encodings of OpenAI's models: https://github.com/openai/tiktoken
 * @example
 * const ranks = new ByteRanks();
 * for (let byte = 0; byte < 256; byte++) ranks.add(Uint8Array.of(byte), byte);
 * ranks.add(new TextEncoder().encode("hi"), 256);
 * const encoding = new BytePairEncoding({ ranks, pattern: GPT2_PATTERN, specialTokens: { "<|end|>": 257 } });
 * [...encoding.encode("hi!<|end|>", { allowedSpecial: "all" })]; // => [256, 33, 257]
 * encoding.decode([256, 33]); // => "hi!"
 * encoding.countTokens("hi hi"); // => 3
 */
export class BytePairEncoding {
  /** One more than the highest id. */
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #ranks: ByteRanks;
  readonly #regex: RegExp | undefined;
  readonly #encoder: ScanningEncoder;
  readonly #specialBytes = new Map<number, Uint8Array>();

  /**
   * @throws TokenizerFormatError where a byte has no token, a special token is empty or has the id of another, or
   * the pattern is a string that is not known
   */
  constructor(options: BytePairEncodingOptions) {
    checkOptions("BytePairEncoding", options, ["ranks", "pattern", "specialTokens"]);
    const { ranks, pattern, specialTokens = {} } = options;
    const scanner = typeof pattern === "string" ? scannerFor(pattern, "tiktoken") : wholeText;
    if (scanner === undefined) {
      throw new TokenizerFormatError(
        `BytePairEncoding: the pattern is not known; give it as a RegExp (got ${show(pattern)})`,
        "pattern",
      );
    }
    this.#ranks = ranks;
    this.#regex = typeof pattern === "string" ? undefined : globalRegex(pattern);
    this.#encoder = new ScanningEncoder(scanner, new RankWordModel(ranks));
    this.specialTokens = new Map(Object.entries(specialTokens));
    let end = ranks.end;
    for (const [token, id] of this.specialTokens) {
      this.#checkSpecial(token, id);
      this.#specialBytes.set(id, new TextEncoder().encode(token));
      end = Math.max(end, id + 1);
    }
    this.vocabSize = end;
  }

  /**
   * @returns the ids, `[T]`
   * @throws TokenizerError where the text spells a special token that is disallowed
   */
  encode(text: string, options: SpecialTokenOptions = {}): Int32Array {
    const sink = new Ids(Math.min(text.length, 1 << 16));
    this.#encode("BytePairEncoding.encode", text, options, sink);
    return sink.ids.slice(0, sink.length);
  }

  /** The ids of a text in which special tokens are text like any other. */
  encodeOrdinary(text: string): Int32Array {
    return this.encode(text, { disallowedSpecial: [] });
  }

  /** How many ids `encode` gives. */
  countTokens(text: string, options: SpecialTokenOptions = {}): number {
    const sink = new Ids(256);
    this.#encode("BytePairEncoding.countTokens", text, options, sink);
    return sink.length;
  }

  /**
   * Ids back to text; bytes that are no UTF-8 become U+FFFD.
   *
   * @throws UnknownIdError for an id without a token
   */
  decode(ids: Iterable<number>): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.decodeBytes(ids));
  }

  /** Ids back to bytes. */
  decodeBytes(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
    const parts = Array.from(ids, (id) => this.#bytesOf(id));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** A decoder for ids that come one by one; it never splits a character. */
  decodeStream(): DecodeStream {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (ids) =>
        decoder.decode(this.decodeBytes(typeof ids === "number" ? [ids] : ids), { stream: true }),
      end: () => decoder.decode(),
    };
  }

  #bytesOf(id: number): Uint8Array {
    const bytes = this.#ranks.bytesOf(id) ?? this.#specialBytes.get(id);
    if (bytes !== undefined) return bytes;
    throw new UnknownIdError(`BytePairEncoding.decode: there is no token with this id (got ${show(id)})`, id);
  }

  #encode(operation: string, text: string, options: SpecialTokenOptions, sink: IdSink): void {
    checkOptions(operation, options, ["allowedSpecial", "disallowedSpecial"]);
    const allowed = this.#resolve(operation, options.allowedSpecial ?? []);
    const disallowed = this.#resolve(operation, options.disallowedSpecial ?? "all").filter(
      (token) => !allowed.includes(token),
    );
    const [found] = matchesOf(text, disallowed);
    if (found !== undefined) {
      throw new TokenizerError(
        `${operation}: the text spells a special token, which is neither allowed nor to be taken as text (got ${show(found[0])} at offset ${found.index})`,
      );
    }
    let at = 0;
    for (const match of matchesOf(text, allowed)) {
      this.#encodePlain(text.slice(at, match.index), sink);
      sink.reserve(sink.length + 1);
      sink.ids[sink.length++] = this.specialTokens.get(match[0])!;
      at = match.index + match[0].length;
    }
    this.#encodePlain(at === 0 ? text : text.slice(at), sink);
  }

  #encodePlain(text: string, sink: IdSink): void {
    if (this.#regex === undefined) {
      this.#encoder.encodeIds(text, sink);
      return;
    }
    for (const [word] of text.matchAll(this.#regex)) this.#encoder.encodeIds(word, sink);
  }

  #resolve(operation: string, tokens: "all" | Iterable<string>): string[] {
    if (tokens === "all") return [...this.specialTokens.keys()];
    const list = typeof tokens === "string" ? [tokens as string] : [...tokens];
    const unknown = list.find((token) => !this.specialTokens.has(token));
    if (unknown === undefined) return list;
    const known = [...this.specialTokens.keys()].map(show).join(", ");
    throw new TokenizerError(
      `${operation}: there is no special token ${show(unknown)} (known: ${known || "none"})`,
    );
  }

  #checkSpecial(token: string, id: number): void {
    const path = `specialTokens[${show(token)}]`;
    if (token === "") throw new TokenizerFormatError("BytePairEncoding: a special token is empty", path);
    if (!(Number.isInteger(id) && id >= 0 && id < 2 ** 31)) {
      throw new TokenizerFormatError(
        `BytePairEncoding: the id of ${show(token)} is not a whole number in [0, 2^31) (got ${show(id)})`,
        path,
      );
    }
    if (this.#ranks.bytesOf(id) !== undefined || this.#specialBytes.has(id)) {
      throw new TokenizerFormatError(
        `BytePairEncoding: the id of ${show(token)} is another token's (got ${id})`,
        path,
      );
    }
  }
}

/** Ids in an array that grows. */
class Ids implements IdSink {
  length = 0;
  ids: Int32Array;

  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
  }

  reserve(capacity: number): void {
    if (capacity <= this.ids.length) return;
    const old = this.ids;
    this.ids = new Int32Array(Math.max(capacity, 2 * old.length));
    this.ids.set(old);
  }
}

/** Where the text spells one of the tokens; of several at one place, the longest. */
function matchesOf(text: string, tokens: readonly string[]): Iterable<RegExpExecArray> {
  const firsts = new Set(tokens.map((token) => token[0]));
  if (![...firsts].some((first) => text.includes(first))) return []; // the common case, at the speed of memchr
  const longestFirst = [...tokens].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((token) => token.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return text.matchAll(new RegExp(escaped.join("|"), "g"));
}

function globalRegex(pattern: RegExp): RegExp {
  return pattern.flags.includes("g") ? pattern : new RegExp(pattern.source, `${pattern.flags}g`);
}

/** A word that is cut already. */
function wholeText(_units: Uint16Array, _at: number, end: number): number {
  return end;
}
