import type { AlignedText } from "./aligned-text.ts";
import type { TokenSink } from "./token-sink.ts";

/** A part of a tokenizer as `tokenizer.json` writes it: `type` names it, the other fields are its options. */
export interface ComponentJson {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What all parts have in common: each is plain JSON and back, by its `type`. */
export interface Component {
  toJSON(): ComponentJson;
}

/** Rewrites a text (case, accents, Unicode forms ...) and remembers where each unit came from. */
export interface Normalizer extends Component {
  normalize(text: AlignedText): AlignedText;
}

/** Cuts a text into the pieces ("words") that a model sees one by one. */
export interface PreTokenizer extends Component {
  /** The pieces in order. A piece may be rewritten (`ByteLevel`, `Metaspace`); text may be left out. */
  preTokenize(text: AlignedText): AlignedText[];
}

/** Pieces to ids: the vocabulary and the algorithm over it. */
export interface Model extends Component {
  /** Number of ids, added tokens not counted. */
  readonly vocabSize: number;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
  /** All tokens with their ids, in no particular order. */
  vocabulary(): Iterable<readonly [token: string, id: number]>;
  /**
   * Appends the tokens of `piece` to `sink`; their spans are UTF-16 units of `piece`, moved by `base`.
   *
   * @throws UnknownTextError by models that neither know a part of the piece, nor have a token for unknown text,
   *   nor drop it, as BPE does
   */
  tokenize(piece: string, sink: TokenSink, base: number): void;
  /**
   * The same model, drawing at random among a piece's tokenizations (BPE dropout, Unigram sampling): a pure
   * function of the key, the options and the pieces in their order. Absent where there is only one.
   */
  sampled?(key: SampleKey, options?: SamplingOptions): Model;
}

/** A seed, an integer in [0, 2^53), or two 32-bit words: a `Key` of `@saccade/core` fits. */
export type SampleKey = number | { readonly words: readonly [number, number] };

/** How to sample; an option that the model does not have throws. */
export interface SamplingOptions {
  /** BPE: the probability that a merge is left out, default the model's own `dropout`. */
  readonly dropout?: number;
  /** Unigram: the inverse temperature, default 1; towards 0 all segmentations become equally likely. */
  readonly alpha?: number;
  /** Unigram: draw among the best `nbest` segmentations only; default all of them. */
  readonly nbest?: number;
}

/** Puts special tokens around one sequence or two, and gives them type ids. */
export interface PostProcessor extends Component {
  /** What is laid out, in order; `addSpecialTokens: false` leaves the special tokens out. */
  layout(pair: boolean, addSpecialTokens: boolean): readonly LayoutItem[];
  /** How token spans are moved off white space, one after the other. */
  readonly trims: readonly OffsetTrim[];
}

/** One item of a post-processor's layout: a sequence, or a special token. */
export type LayoutItem =
  | { readonly kind: "sequence"; readonly sequence: 0 | 1; readonly typeId: number }
  | { readonly kind: "special"; readonly id: number; readonly token: string; readonly typeId: number };

/** `trim_offsets`: white space at a token's ends is left out of its span. */
export interface OffsetTrim {
  /** The first token's first space may be one that `add_prefix_space` put there: it is not in the text. */
  readonly addPrefixSpace: boolean;
}

/** Tokens back to text: a list of strings becomes another one; at the end of the chain they are joined. */
export interface Decoder extends Component {
  /** Whether what it gives are the chunks of one string, and no list any more. */
  readonly fuses: boolean;
  /**
   * Begins to decode. What is given to `emit` is final.
   *
   * @param emit  takes the strings that come out
   * @param chunks  whether what comes in are chunks of one string
   */
  start(emit: (text: string) => void, chunks: boolean): DecoderStage;
}

/** One decoding under way. */
export interface DecoderStage {
  push(text: string): void;
  /** Nothing follows: gives out what was held back. */
  end(): void;
}
