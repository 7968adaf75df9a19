import { readByType } from "../component-json.ts";
import type { Model } from "../pipeline/roles.ts";
import { SentencePieceModel } from "../sentencepiece/sentence-piece-model.ts";
import { BpeModel } from "./bpe/bpe-model.ts";
import { UnigramModel } from "./unigram/unigram-model.ts";
import { WordLevelModel } from "./wordlevel/word-level-model.ts";
import { WordPieceModel } from "./wordpiece/word-piece-model.ts";

/** Reads the `model` of a `tokenizer.json`. Old files do not name its type; its fields then tell. */
export function readModel(json: unknown, path = "model"): Model {
  const readers = {
    BPE: BpeModel.fromJSON,
    WordPiece: WordPieceModel.fromJSON,
    Unigram: UnigramModel.fromJSON,
    WordLevel: WordLevelModel.fromJSON,
    SentencePiece: SentencePieceModel.fromJSON,
  };
  return readByType<Model>("model", readers, withType(json), path);
}

function withType(json: unknown): unknown {
  if (typeof json !== "object" || json === null || "type" in json) return json;
  if ("merges" in json) return { ...json, type: "BPE" };
  if ("max_input_chars_per_word" in json) return { ...json, type: "WordPiece" };
  if ("vocab" in json) return { ...json, type: Array.isArray(json.vocab) ? "Unigram" : "WordLevel" };
  return json;
}
