import { checkOptions, show, TokenizerError } from "../errors.ts";
import { Charsmap } from "../normalizers/charsmap.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { type TemplatePiece, TemplateProcessing } from "../post-processors/template.ts";
import { Split } from "../pre-tokenizers/split.ts";
import { literalPattern } from "../regex/text-pattern.ts";
import type { SpecialTokenRole, SpecialTokenTexts } from "../special-tokens.ts";
import { readSentencePieceFile, type SentencePieceFile } from "./model-file.ts";
import { pieceTypes } from "./pieces.ts";
import { SentencePieceDecoder } from "./sentence-piece-decoder.ts";
import { cutsWords, SentencePieceModel } from "./sentence-piece-model.ts";
import { SentencePieceNormalizer } from "./sentence-piece-normalizer.ts";

export interface SentencePieceOptions {
  /** Put the model's beginning-of-sequence piece before each text. Default `false`. */
  readonly addBos?: boolean;
  /** Put the model's end-of-sequence piece behind each text. Default `false`. */
  readonly addEos?: boolean;
}

/**
 * The tokenizer of a SentencePiece `.model` file, with SentencePiece's ids, pieces and decoded texts.
 *
 * Text that spells a control piece (`<s>`) is text. An unknown piece is called what it stands for in `tokens`,
 * and decoded to ` ⁇ `.
 *
 * @param bytes  the file
 * @throws TokenizerFormatError for bytes that are no such file, and for what is not supported in one, by name
 */
export function sentencePieceTokenizer(
  bytes: Uint8Array,
  options: SentencePieceOptions = {},
): PipelineTokenizer {
  checkOptions("sentencePieceTokenizer", options, ["addBos", "addEos"]);
  const file = readSentencePieceFile(bytes);
  const { pieces, addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces, byteFallback } = file;
  const textsOf = (wanted: number): string[] =>
    pieces.filter(({ type }) => type === wanted).map(({ text }) => text);
  const model = new SentencePieceModel(file);
  return new PipelineTokenizer({
    normalizer: new SentencePieceNormalizer({
      charsmap: file.charsmap.length > 0 ? new Charsmap(file.charsmap) : undefined,
      addDummyPrefix,
      removeExtraWhitespaces,
      escapeWhitespaces,
      userDefined: textsOf(pieceTypes.userDefined),
    }),
    // cutting texts into words changes nothing but the time that it takes, and `wordIds`
    preTokenizer: cutsWords(pieces)
      ? new Split({ pattern: literalPattern("▁"), behavior: "MergedWithNext" })
      : undefined,
    model,
    postProcessor: postProcessor(file, options),
    decoder: new SentencePieceDecoder({
      unkPiece: pieces[model.unkId].text,
      unkSurface: file.unkSurface,
      controlPieces: textsOf(pieceTypes.control),
      addDummyPrefix,
      removeExtraWhitespaces,
      byteFallback,
    }),
    config: { specialTokens: roles(file, model.unkId) },
  });
}

/** The file's pieces for padding and so on, where it has them. */
function roles(file: SentencePieceFile, unkId: number): SpecialTokenTexts {
  const role = (name: SpecialTokenRole, text: string) =>
    file.pieces.some((piece) => piece.text === text && piece.type === pieceTypes.control)
      ? { [name]: text }
      : {};
  return {
    ...role("pad", file.padPiece),
    ...role("bos", file.bosPiece),
    ...role("eos", file.eosPiece),
    unk: file.pieces[unkId].text,
  };
}

function postProcessor(
  file: SentencePieceFile,
  { addBos = false, addEos = false }: SentencePieceOptions,
): TemplateProcessing | undefined {
  if (!addBos && !addEos) return undefined;
  const names = [...(addBos ? [file.bosPiece] : []), ...(addEos ? [file.eosPiece] : [])];
  const tokens = names.map((name) => {
    const id = file.pieces.findIndex(({ text, type }) => text === name && type === pieceTypes.control);
    if (id !== -1) return [name, { id: name, ids: [id], tokens: [name] }] as const;
    throw new TokenizerError(`sentencePieceTokenizer: the model has no control piece ${show(name)} to add`);
  });
  const around = (sequence: "A" | "B"): TemplatePiece[] => {
    const type_id = sequence === "A" ? 0 : 1;
    const special = (id: string) => ({ SpecialToken: { id, type_id } });
    return [
      ...(addBos ? [special(file.bosPiece)] : []),
      { Sequence: { id: sequence, type_id } },
      ...(addEos ? [special(file.eosPiece)] : []),
    ];
  };
  return new TemplateProcessing({
    single: around("A"),
    pair: [...around("A"), ...around("B")],
    specialTokens: Object.fromEntries(tokens),
  });
}
