import { show, TokenizerFormatError } from "../errors.ts";
import { Charsmap } from "../normalizers/charsmap.ts";
import { Precompiled } from "../normalizers/precompiled.ts";
import { readSentencePieceFile, type SentencePieceFile } from "./model-file.ts";
import { type Piece, pieceTypes } from "./pieces.ts";
import { cutsWords, readScores } from "./sentence-piece-model.ts";

/**
 * A SentencePiece `.model` file as a `tokenizer.json` of parts that Hugging Face's tokenizers have, too.
 *
 * Not everything survives: those parts keep scores in double precision, look replacements up by grapheme, read
 * control pieces out of texts, and rank BPE merges by pairs. On ordinary text ids are the same; for SentencePiece's
 * own results, use `sentencePieceTokenizer`.
 *
 * @param bytes  the file
 * @returns a value for `PipelineTokenizer.fromJSON`, or for `JSON.stringify` and a file
 * @throws TokenizerFormatError for user-defined pieces of a BPE model, or such that normalization would change,
 * which those parts cannot express; and as `readSentencePieceFile`
 */
export function sentencePieceJson(bytes: Uint8Array): object {
  const file = readSentencePieceFile(bytes);
  checkUserDefined(file);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: file.pieces.flatMap(({ text, type }, id) =>
      type === pieceTypes.unknown || type === pieceTypes.control
        ? [
            {
              id,
              content: text,
              single_word: false,
              lstrip: false,
              rstrip: false,
              normalized: false,
              special: true,
            },
          ]
        : [],
    ),
    normalizer: { type: "Sequence", normalizers: normalizers(file) },
    pre_tokenizer: cutsWords(file.pieces)
      ? { type: "Split", pattern: { String: "▁" }, behavior: "MergedWithNext", invert: false }
      : null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(file.addDummyPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: file.algorithm === "unigram" ? unigram(file) : bpe(file),
  };
}

function checkUserDefined({ pieces, algorithm, charsmap }: SentencePieceFile): void {
  const table = charsmap.length > 0 ? new Charsmap(charsmap) : undefined;
  pieces.forEach(({ text, type }, id) => {
    if (type !== pieceTypes.userDefined) return;
    let stays = !/[ ▁]/.test(text);
    for (let at = 0; at < text.length; at++) stays &&= table?.longest(text, at, text.length) === undefined;
    if (algorithm === "unigram" && stays) return;
    const path = `pieces[${id}]`;
    const why = algorithm === "bpe" ? "in a BPE model" : "that normalization changes";
    throw new TokenizerFormatError(
      `sentencePieceJson: ${path}: a user-defined piece ${why} is not supported (got ${show(text)})`,
      path,
    );
  });
}

function normalizers(file: SentencePieceFile): object[] {
  const replace = (pattern: object, content: string) => ({ type: "Replace", pattern, content });
  return [
    ...(file.charsmap.length > 0 ? [new Precompiled(new Charsmap(file.charsmap)).toJSON()] : []),
    ...(file.removeExtraWhitespaces
      ? [replace({ Regex: "\\A +| +\\z" }, ""), replace({ Regex: " {2,}" }, " ")]
      : []),
    ...(file.addDummyPrefix ? [{ type: "Prepend", prepend: file.escapeWhitespaces ? "▁" : " " }] : []),
    ...(file.escapeWhitespaces ? [replace({ String: " " }, "▁")] : []),
  ];
}

function unigram({ pieces, byteFallback }: SentencePieceFile): object {
  const scores = readScores(pieces);
  return {
    type: "Unigram",
    unk_id: pieces.findIndex(({ type }) => type === pieceTypes.unknown),
    vocab: pieces.map(({ text }, id) => [text, scores[id]]),
    byte_fallback: byteFallback,
  };
}

function bpe({ pieces, byteFallback }: SentencePieceFile): object {
  return {
    type: "BPE",
    dropout: null,
    unk_token: pieces.find(({ type }) => type === pieceTypes.unknown)?.text,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: byteFallback,
    ignore_merges: false,
    vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
    merges: merges(pieces),
  };
}

/** All pairs of pieces that spell a piece, by that piece's score, then by their ids. */
function merges(pieces: readonly Piece[]): [left: string, right: string][] {
  const ids = new Map<string, number>();
  pieces.forEach(({ text, type }, id) => {
    if (type === pieceTypes.normal) ids.set(text, id);
  });
  const byScore = [...ids.values()].sort((a, b) => pieces[b].score - pieces[a].score || a - b);
  return byScore.flatMap((id) => {
    const { text } = pieces[id];
    const pairs: [left: number, right: number][] = [];
    for (let at = 1; at < text.length; at++) {
      const left = ids.get(text.slice(0, at));
      const right = ids.get(text.slice(at));
      if (left !== undefined && right !== undefined) pairs.push([left, right]);
    }
    pairs.sort(([a, b], [c, d]) => a - c || b - d);
    return pairs.map(([left, right]): [string, string] => [pieces[left].text, pieces[right].text]);
  });
}
