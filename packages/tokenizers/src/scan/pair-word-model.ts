import { byteCharacters } from "../byte-characters.ts";
import type { BpeModel } from "../models/bpe/bpe-model.ts";
import { mergeAll } from "../models/bpe/merge.ts";
import type { MergeBuffer } from "../models/bpe/merge-buffer.ts";
import type { ByteWordModel } from "./scanning-encoder.ts";
import type { WordBytes } from "./word-bytes.ts";

/** A byte-level BPE model over bytes themselves, not over the characters that stand for them. */
export class PairWordModel implements ByteWordModel {
  readonly #model: BpeModel;
  /** The token of each byte, `[256]`. */
  readonly #byteIds: Int32Array;

  private constructor(model: BpeModel, byteIds: Int32Array) {
    this.#model = model;
    this.#byteIds = byteIds;
  }

  /** `undefined` for a model that is not byte-level, or that does something else besides merging. */
  static of(model: BpeModel): PairWordModel | undefined {
    const { continuingSubwordPrefix = "", endOfWordSuffix = "" } = model.options;
    if (continuingSubwordPrefix !== "" || endOfWordSuffix !== "") return undefined;
    const byteIds = Int32Array.from(byteCharacters(), (character) => model.tokenToId(character) ?? -1);
    return byteIds.includes(-1) ? undefined : new PairWordModel(model, byteIds);
  }

  encodeWord(word: WordBytes, buffer: MergeBuffer): void {
    const { length, bytes, starts, ends } = word;
    const model = this.#model;
    buffer.reset(length);
    const whole = model.options.ignoreMerges ? model.tokenToId(characters(word)) : undefined;
    if (whole !== undefined) {
      buffer.add(whole, 0, ends[length - 1]);
      return;
    }
    const byteIds = this.#byteIds;
    for (let i = 0; i < length; i++) buffer.add(byteIds[bytes[i]], starts[i], ends[i]);
    mergeAll(buffer, model.merges);
  }
}

/** The word as a byte-level vocabulary writes it. */
function characters({ bytes, length }: WordBytes): string {
  const names = byteCharacters();
  let text = "";
  for (let i = 0; i < length; i++) text += names[bytes[i]];
  return text;
}
