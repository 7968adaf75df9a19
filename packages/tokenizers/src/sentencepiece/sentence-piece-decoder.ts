import { ComponentFields } from "../component-json.ts";
import type { ComponentJson, Decoder, DecoderStage } from "../pipeline/roles.ts";
import { takeText } from "./utf8-runs.ts";

export interface SentencePieceDecoderOptions {
  /** The piece for unknown text, and what is put for it. */
  readonly unkPiece: string;
  readonly unkSurface: string;
  /** Pieces that stand for no text. */
  readonly controlPieces: readonly string[];
  /** Whether encoding puts a space before the text, which is taken away again. */
  readonly addDummyPrefix: boolean;
  /** Whether all spaces at the beginning are taken away. */
  readonly removeExtraWhitespaces: boolean;
  /** Whether `<0x41>` stands for a byte. */
  readonly byteFallback: boolean;
}

/** Pieces to text as SentencePiece does it. */
export class SentencePieceDecoder implements Decoder {
  readonly fuses = true;
  readonly options: SentencePieceDecoderOptions;
  readonly #control: ReadonlySet<string>;

  constructor(options: SentencePieceDecoderOptions) {
    this.options = options;
    this.#control = new Set(options.controlPieces);
  }

  static fromJSON(json: unknown, path = "decoder"): SentencePieceDecoder {
    const fields = new ComponentFields(json, path, "SentencePiece");
    const options = {
      unkPiece: fields.string("unk_piece"),
      unkSurface: fields.string("unk_surface"),
      controlPieces: fields.list("control_pieces").map((piece) => {
        if (typeof piece === "string") return piece;
        throw fields.error("control_pieces", "not a list of strings", piece);
      }),
      addDummyPrefix: fields.boolean("add_dummy_prefix"),
      removeExtraWhitespaces: fields.boolean("remove_extra_whitespaces"),
      byteFallback: fields.boolean("byte_fallback"),
    };
    fields.end();
    return new SentencePieceDecoder(options);
  }

  start(emit: (text: string) => void): DecoderStage {
    const { unkPiece, unkSurface, addDummyPrefix, removeExtraWhitespaces, byteFallback } = this.options;
    let atStart = addDummyPrefix || removeExtraWhitespaces; // whether a space would be the dummy prefix
    const bytes: number[] = [];
    const give = (text: string): void => {
      if (text === "") return;
      atStart = false;
      emit(text);
    };
    const push = (piece: string): void => {
      const byte = byteFallback ? byteOf(piece) : undefined;
      if (byte !== undefined) {
        bytes.push(byte);
        give(takeText(bytes, false));
        return;
      }
      give(takeText(bytes, true));
      if (this.#control.has(piece)) return;
      if (piece === unkPiece) {
        give(unkSurface);
        return;
      }
      const isPrefixed = atStart && piece.startsWith("▁");
      if (isPrefixed && !removeExtraWhitespaces) atStart = false;
      give((isPrefixed ? piece.slice(1) : piece).replaceAll("▁", " "));
    };
    return { push, end: () => give(takeText(bytes, true)) };
  }

  toJSON(): ComponentJson {
    const { unkPiece, unkSurface, controlPieces, addDummyPrefix, removeExtraWhitespaces, byteFallback } =
      this.options;
    return {
      type: "SentencePiece",
      unk_piece: unkPiece,
      unk_surface: unkSurface,
      control_pieces: controlPieces,
      add_dummy_prefix: addDummyPrefix,
      remove_extra_whitespaces: removeExtraWhitespaces,
      byte_fallback: byteFallback,
    };
  }
}

function byteOf(piece: string): number | undefined {
  return piece.length === 6 && /^<0x[0-9A-F]{2}>$/.test(piece)
    ? Number.parseInt(piece.slice(3, 5), 16)
    : undefined;
}
