import { PbfWriter } from "pbf";

/** `[text, score, type]`, by SentencePiece's numbers of types: 1 normal, 2 unknown, 3 control, 4 user-defined ... */
export type PieceRow = readonly [text: string, score: number, type?: number];

export interface SentencePieceFileOptions {
  readonly pieces: readonly PieceRow[];
  /** 1 unigram, 2 BPE. */
  readonly modelType?: number;
  readonly byteFallback?: boolean;
  readonly addDummyPrefix?: boolean;
  readonly removeExtraWhitespaces?: boolean;
  readonly whitespaceAsSuffix?: boolean;
}

/** A SentencePiece `.model` file. */
export function sentencePieceFile(options: SentencePieceFileOptions): Uint8Array {
  const writer = new PbfWriter();
  for (const [text, score, type = 1] of options.pieces) {
    writer.writeMessage(
      1,
      (_, piece: PbfWriter) => {
        piece.writeStringField(1, text);
        piece.writeFloatField(2, score);
        piece.writeVarintField(3, type);
      },
      undefined,
    );
  }
  writer.writeMessage(
    2,
    (_, trainer: PbfWriter) => {
      trainer.writeVarintField(3, options.modelType ?? 1);
      trainer.writeBooleanField(24, options.whitespaceAsSuffix ?? false);
      trainer.writeBooleanField(35, options.byteFallback ?? false);
    },
    undefined,
  );
  writer.writeMessage(
    3,
    (_, normalizer: PbfWriter) => {
      normalizer.writeBooleanField(3, options.addDummyPrefix ?? true);
      normalizer.writeBooleanField(4, options.removeExtraWhitespaces ?? true);
    },
    undefined,
  );
  return writer.finish();
}

/** The pieces of the 256 bytes. */
export const bytePieces: readonly PieceRow[] = Array.from({ length: 256 }, (_, byte) => [
  `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  0,
  6,
]);
