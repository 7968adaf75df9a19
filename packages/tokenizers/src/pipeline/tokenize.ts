import type { AddedMatch, AddedVocabulary } from "../added-tokens/added-vocabulary.ts";
import type { FastPath } from "../scan/fast-path.ts";
import { AlignedText } from "./aligned-text.ts";
import type { Model, Normalizer, PreTokenizer } from "./roles.ts";
import type { TokenSink } from "./token-sink.ts";

/** The parts of a tokenizer that make tokens of a text. */
export interface Stages {
  readonly added: AddedVocabulary;
  readonly normalizer: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer | undefined;
  readonly model: Model;
  /** Pre-tokenizer and model in one go, where they can be. */
  readonly fastPath: FastPath | undefined;
}

/**
 * Appends the tokens of a text: added tokens are found first, what is between them goes through normalizer,
 * pre-tokenizer and model.
 *
 * @param text  well-formed: no lone surrogates
 * @param readSpecial  whether special tokens that the text spells are found
 * @returns the indices of the tokens that were found in the text, ascending
 */
export function tokenizeText(stages: Stages, text: string, sink: TokenSink, readSpecial: boolean): number[] {
  let word = 0;
  const addedAt: number[] = [];
  forEachPart(
    text.length,
    stages.added.findRaw(text, readSpecial),
    (start, end) => {
      const part = new AlignedText(text.slice(start, end), start);
      word = tokenizePart(stages, part, sink, word, readSpecial, addedAt);
    },
    (match) => {
      addedAt.push(sink.length);
      pushAdded(sink, match, text, match.start, match.end, word++);
    },
  );
  return addedAt;
}

/** The ids alone. */
export function tokenizeIds(stages: Stages, text: string, sink: TokenSink, readSpecial: boolean): void {
  const { added, normalizer, fastPath } = stages;
  if (fastPath === undefined || normalizer !== undefined || added.hasNormalized) {
    tokenizeText(stages, text, sink, readSpecial);
    return;
  }
  forEachPart(
    text.length,
    added.findRaw(text, readSpecial),
    (start, end) => fastPath.encodeIds(text.slice(start, end), sink),
    ({ token }) => sink.push(token.id, 0, 0),
  );
}

/** @returns the index of the next word */
function tokenizePart(
  stages: Stages,
  part: AlignedText,
  sink: TokenSink,
  firstWord: number,
  readSpecial: boolean,
  addedAt: number[],
): number {
  const { added, normalizer, preTokenizer, model, fastPath } = stages;
  const normal = normalizer?.normalize(part) ?? part;
  let word = firstWord;
  const plain = (start: number, end: number): void => {
    const text = normal.slice(start, end);
    if (fastPath !== undefined) {
      word += fastPath.encode(text, sink, word);
      return;
    }
    for (const piece of preTokenizer?.preTokenize(text) ?? [text]) {
      if (piece.length > 0) tokenizePiece(model, piece, sink, word++);
    }
  };
  const matches = added.hasNormalized ? added.findNormalized(normal.text, readSpecial) : [];
  forEachPart(normal.length, matches, plain, (match) => {
    const [start, end] = [normal.originalStart(match.start), normal.originalEnd(match.end)];
    addedAt.push(sink.length);
    pushAdded(sink, match, normal.text, start, end, word++);
  });
  return word;
}

function tokenizePiece(model: Model, piece: AlignedText, sink: TokenSink, word: number): void {
  const first = sink.length;
  model.tokenize(piece.text, sink, piece.starts === undefined ? piece.base : 0);
  const { starts, ends, words, length } = sink;
  words.fill(word, first, length);
  if (piece.starts === undefined) return;
  for (let i = first; i < length; i++) {
    starts[i] = piece.originalStart(starts[i]!);
    ends[i] = piece.originalEnd(ends[i]!);
  }
}

/** An added token at `start .. end` of the original; it is called what the text says, white space included. */
function pushAdded(
  sink: TokenSink,
  match: AddedMatch,
  text: string,
  start: number,
  end: number,
  word: number,
): void {
  const { id } = match.token;
  const spelled = text.slice(match.start, match.end);
  if (spelled === match.name) sink.push(id, start, end);
  else sink.pushNamed(id, start, end, spelled);
  sink.words[sink.length - 1] = word;
}

/** Calls `plain` for what is between the matches (if anything), and `found` for each match, in order. */
function forEachPart(
  length: number,
  matches: readonly AddedMatch[],
  plain: (start: number, end: number) => void,
  found: (match: AddedMatch) => void,
): void {
  let at = 0;
  for (const match of matches) {
    if (match.start > at) plain(at, match.start);
    found(match);
    at = match.end;
  }
  if (at < length) plain(at, length);
}
