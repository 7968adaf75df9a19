import { BpeModel } from "../models/bpe/bpe-model.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { Model, PreTokenizer } from "../pipeline/roles.ts";
import type { TokenSink } from "../pipeline/token-sink.ts";
import type { FastPath } from "./fast-path.ts";
import { GPT2_PATTERN, scannerFor } from "./known-patterns.ts";
import { PairWordModel } from "./pair-word-model.ts";
import type { Scanner } from "./scanners.ts";
import { type ByteWordModel, ScanningEncoder } from "./scanning-encoder.ts";

/**
 * The fast path for a pre-tokenizer and a model; `undefined` where there is none: it takes byte-level BPE with a
 * token for each byte, behind `ByteLevel` or behind a `Split` by a known pattern and `ByteLevel`.
 */
export function createFastPath(preTokenizer: PreTokenizer | undefined, model: Model): FastPath | undefined {
  if (preTokenizer === undefined || !(model instanceof BpeModel)) return undefined;
  const scanner = scannerOf(preTokenizer.toJSON());
  const words = scanner && PairWordModel.of(model);
  return words && new ScanningFastPath(scanner, words);
}

class ScanningFastPath implements FastPath {
  readonly #encoder: ScanningEncoder;

  constructor(scanner: Scanner, words: ByteWordModel) {
    this.#encoder = new ScanningEncoder(scanner, words);
  }

  encode(text: AlignedText, sink: TokenSink, firstWord: number): number {
    const from = sink.length;
    const words = this.#encoder.encode(text.text, sink, text.starts === undefined ? text.base : 0, firstWord);
    if (text.starts === undefined) return words;
    const { starts, ends, length } = sink;
    for (let i = from; i < length; i++) {
      starts[i] = text.originalStart(starts[i]);
      ends[i] = text.originalEnd(ends[i]);
    }
    return words;
  }

  encodeIds(text: string, sink: TokenSink): void {
    this.#encoder.encodeIds(text, sink);
  }
}

interface Json {
  readonly [field: string]: unknown;
}

/** The scanner for a pre-tokenizer's pattern, where what it cuts is only rewritten as byte-level text afterwards. */
export function scannerOf(json: Json): Scanner | undefined {
  if (json.type === "Sequence") {
    const [split, byteLevel, ...rest] = json.pretokenizers as readonly Json[];
    const plain = rest.length === 0 && byteLevel !== undefined && isPlainByteLevel(byteLevel, false);
    return plain ? splitScanner(split) : undefined;
  }
  return isPlainByteLevel(json, true) ? scannerFor(GPT2_PATTERN, "oniguruma") : undefined;
}

function isPlainByteLevel(json: Json, useRegex: boolean): boolean {
  return json.type === "ByteLevel" && json.add_prefix_space === false && json.use_regex === useRegex;
}

/** As the patterns match everywhere, isolating the matches and removing what is between them is the same. */
function splitScanner(json: Json): Scanner | undefined {
  const whole = json.behavior === "Isolated" || (json.behavior === "Removed" && json.invert === true);
  const pattern = (json.pattern as Json | undefined)?.Regex;
  return json.type === "Split" && whole && typeof pattern === "string"
    ? scannerFor(pattern, "oniguruma")
    : undefined;
}
