import { AddedVocabulary } from "./added-tokens/added-vocabulary.ts";
import { decodeStage } from "./decoders/text-stage.ts";
import {
  type EncodeDefaults,
  type EncodePlan,
  type PipelineDecodeOptions,
  type PipelineEncodeOptions,
  planEncoding,
} from "./encode-options.ts";
import { assemble } from "./encoding/assemble.ts";
import { checkPadding, type Padding, paddedLength } from "./encoding/padding.ts";
import {
  type BatchText,
  encodeBlock,
  type PipelineBatch,
  type PipelineBatchOptions,
} from "./encoding/pipeline-batch.ts";
import type { PipelineEncoding } from "./encoding/pipeline-encoding.ts";
import { runOf, type TokenRun, upToWord } from "./encoding/token-run.ts";
import { TokenSpaces } from "./encoding/trim.ts";
import { checkTruncation, type TruncationOptions } from "./encoding/truncation.ts";
import { checkOptions, show, TokenizerError, UnknownIdError } from "./errors.ts";
import { pipelineJson, readTokenizerJson, type TokenizerJson } from "./loaders/tokenizer-json.ts";
import type { Decoder, Model, Normalizer, PostProcessor, PreTokenizer } from "./pipeline/roles.ts";
import { TokenSink } from "./pipeline/token-sink.ts";
import { type Stages, tokenizeIds, tokenizeText } from "./pipeline/tokenize.ts";
import type { PipelineTokenizerOptions, TokenizerConfig } from "./pipeline-options.ts";
import { createFastPath } from "./scan/create-fast-path.ts";
import { SpecialTokens, type SpecialTokenTexts } from "./special-tokens.ts";
import type { DecodeStream, Tokenizer } from "./tokenizer.ts";

/**
 * A tokenizer of five parts, as `tokenizer.json` describes it: a normalizer rewrites the text, a pre-tokenizer cuts
 * it into words, a model makes tokens of each, a post-processor puts special tokens around them, and a decoder
 * makes text of tokens again. Added tokens are found in the text before all of these.
 *
 * A lone surrogate in a text counts as U+FFFD, which has the same length: offsets are those of the text given.
 */
export class PipelineTokenizer implements Tokenizer {
  readonly normalizer: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer | undefined;
  readonly model: Model;
  readonly postProcessor: PostProcessor | undefined;
  readonly decoder: Decoder | undefined;
  readonly addedVocabulary: AddedVocabulary;
  /** How encodings are cut unless the call says otherwise; `undefined` for not at all. */
  readonly truncation: Required<TruncationOptions> | undefined;
  /** How encodings are filled up unless the call says otherwise; `undefined` for not at all. */
  readonly padding: Padding | undefined;
  readonly config: TokenizerConfig;
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;
  readonly #stages: Stages;
  readonly #spaces: TokenSpaces;
  #sink = new TokenSink(1024); // used again and again

  constructor(options: PipelineTokenizerOptions) {
    this.normalizer = options.normalizer;
    this.preTokenizer = options.preTokenizer;
    this.model = options.model;
    this.postProcessor = options.postProcessor;
    this.decoder = options.decoder;
    this.config = options.config ?? {};
    this.addedVocabulary = new AddedVocabulary(options.addedTokens ?? [], this.model, this.normalizer);
    this.vocabSize = Math.max(this.model.vocabSize, this.addedVocabulary.idEnd);
    const operation = "PipelineTokenizer";
    this.truncation = options.truncation && checkTruncation(operation, options.truncation);
    this.specialTokens = this.#specialTokens(options.padding?.token);
    this.padding = options.padding && checkPadding(operation, options.padding, this.#pad ?? {});
    this.#stages = {
      added: this.addedVocabulary,
      normalizer: this.normalizer,
      preTokenizer: this.preTokenizer,
      model: this.model,
      fastPath: createFastPath(this.preTokenizer, this.model),
    };
    this.#spaces = new TokenSpaces((id) => this.idToToken(id), this.vocabSize);
  }

  /**
   * The tokenizer that a `tokenizer.json` describes.
   *
   * @param json  the parsed file
   * @param config  what stands in other files beside it
   * @throws TokenizerFormatError `normalizer: there is no normalizer of type "NFX" (known: ...)`
   */
  static fromJSON(json: unknown, config?: TokenizerConfig): PipelineTokenizer {
    const options = readTokenizerJson(json);
    return new PipelineTokenizer(config === undefined ? options : { ...options, config });
  }

  /**
   * @param text  any string
   * @returns ids, tokens, offsets, masks, type ids and word ids
   * @throws UnknownTextError where the model has no token for a part of the text, and none for unknown text
   */
  encode(text: string, options: PipelineEncodeOptions = {}): PipelineEncoding {
    const operation = "PipelineTokenizer.encode";
    const plan = planEncoding(operation, options, this.#defaults);
    const { pair, sample } = options;
    const encoding = this.#encode(operation, text, pair, plan, this.#sampled(operation, sample));
    return plan.padding === undefined
      ? encoding
      : encoding.padded(paddedLength([encoding.length], plan.padding), plan.padding);
  }

  /** The ids that `encode` gives, and nothing else: several times faster. */
  encodeIds(
    text: string,
    options: Pick<PipelineEncodeOptions, "addSpecialTokens" | "readSpecialTokens"> = {},
  ): Int32Array {
    checkOptions("PipelineTokenizer.encodeIds", options, ["addSpecialTokens", "readSpecialTokens"]);
    if (this.truncation !== undefined || this.padding !== undefined) return this.encode(text, options).ids;
    const sink = this.#emptySink();
    const layout = this.postProcessor?.layout(false, options.addSpecialTokens ?? true);
    for (const item of layout ?? [{ kind: "sequence" } as const]) {
      if (item.kind === "special") sink.push(item.id, 0, 0);
      else tokenizeIds(this.#stages, text.toWellFormed(), sink, options.readSpecialTokens ?? true);
    }
    return sink.ids.slice(0, sink.length);
  }

  /**
   * Encodes texts and pairs into one padded block, ids and masks `[B, T]`; rows differ in length only where there
   * is a pad token.
   *
   * @throws TokenizerError where a row is longer than `maxLength` without `truncation`
   */
  encodeBatch(texts: readonly BatchText[], options: PipelineBatchOptions = {}): PipelineBatch {
    return encodeBlock(this, texts, options);
  }

  /**
   * Encodes texts and pairs one by one, padded to the longest only where `padding` or the tokenizer says so.
   *
   * @returns one encoding per text
   */
  encodeAll(
    texts: readonly BatchText[],
    options: Omit<PipelineEncodeOptions, "pair"> = {},
  ): PipelineEncoding[] {
    const operation = "PipelineTokenizer.encodeAll";
    if ("pair" in options) throw new TokenizerError(`${operation}: pairs are [text, pair] in the list`);
    const plan = planEncoding(operation, options, this.#defaults);
    const stages = this.#sampled(operation, options.sample);
    const encodings = texts.map((text) => {
      const [first, second] = typeof text === "string" ? [text] : text;
      return this.#encode(operation, first, second, plan, stages);
    });
    const { padding } = plan;
    if (padding === undefined) return encodings;
    const length = paddedLength(
      encodings.map((encoding) => encoding.length),
      padding,
    );
    return encodings.map((encoding) => encoding.padded(length, padding));
  }

  /** @throws UnknownIdError `PipelineTokenizer.decode: id 60000 is not in the vocabulary of 50257 tokens` */
  decode(ids: Iterable<number>, options: PipelineDecodeOptions = {}): string {
    const stream = this.decodeStream(options);
    return stream.push(ids) + stream.end();
  }

  decodeStream(options: PipelineDecodeOptions = {}): DecodeStream {
    const operation = "PipelineTokenizer.decode";
    checkOptions(operation, options, ["skipSpecialTokens", "cleanUpTokenizationSpaces"]);
    const skip = options.skipSpecialTokens ?? true;
    const cleanUp = options.cleanUpTokenizationSpaces ?? this.config.cleanUpTokenizationSpaces ?? false;
    let text = "";
    const start = () =>
      decodeStage(this.decoder, cleanUp, (chunk) => {
        text += chunk;
      });
    const taken = (): string => {
      const given = text;
      text = "";
      return given;
    };
    let stage = start();
    const push = (id: number): void => {
      const token = this.idToToken(id);
      if (token === undefined) {
        throw new UnknownIdError(
          `${operation}: id ${show(id)} is not in the vocabulary of ${this.vocabSize} tokens`,
          id,
        );
      }
      if (!(skip && this.addedVocabulary.byId(id)?.special)) stage.push(token);
    };
    return {
      push: (ids) => {
        if (typeof ids === "number") push(ids);
        else for (const id of ids) push(id);
        return taken();
      },
      end: () => {
        stage.end();
        stage = start();
        return taken();
      },
    };
  }

  tokenToId(token: string): number | undefined {
    return this.addedVocabulary.byContent(token)?.id ?? this.model.tokenToId(token);
  }

  idToToken(id: number): string | undefined {
    return this.addedVocabulary.nameOf(id) ?? this.model.idToToken(id);
  }

  /** `tokenizer.json`, as a value: `JSON.stringify` makes the file. */
  toJSON(): TokenizerJson {
    return pipelineJson(this);
  }

  get #pad(): { readonly id: number; readonly token: string } | undefined {
    const { padId, texts } = this.specialTokens;
    return padId === undefined ? undefined : { id: padId, token: texts.pad! };
  }

  get #defaults(): EncodeDefaults {
    return { truncation: this.truncation, padding: this.padding, pad: this.#pad };
  }

  #encode(
    operation: string,
    text: string,
    pair: string | undefined,
    plan: EncodePlan,
    stages: Stages,
  ): PipelineEncoding {
    const texts = (pair === undefined ? [text] : [text, pair]).map((each) => each.toWellFormed());
    return assemble({
      operation,
      texts,
      codePoints: plan.codePoints,
      runs: texts.map((each, sequence) => tokenRun(stages, each, plan, sequence, this.#emptySink())),
      postProcessor: this.postProcessor,
      addSpecialTokens: plan.addSpecialTokens,
      truncation: plan.truncation,
      spaces: this.#spaces,
      name: (id) => this.idToToken(id),
    });
  }

  #emptySink(): TokenSink {
    if (this.#sink.ids.length > 1 << 18) this.#sink = new TokenSink(1024); // a long text's is not kept
    this.#sink.length = 0;
    this.#sink.texts = undefined;
    return this.#sink;
  }

  /** The stages with a model that draws at random, where that is asked for. */
  #sampled(operation: string, sample: PipelineEncodeOptions["sample"]): Stages {
    if (sample === undefined) return this.#stages;
    if (this.model.sampled === undefined) {
      throw new TokenizerError(`${operation}: a ${this.model.toJSON().type} model has nothing to sample`);
    }
    const { key, ...options } = sample;
    return { ...this.#stages, model: this.model.sampled(key, options), fastPath: undefined };
  }

  #specialTokens(padToken: string | undefined): SpecialTokens {
    const unk = (this.model as { readonly unkToken?: unknown }).unkToken;
    const isPad = (name: string): boolean => this.addedVocabulary.byContent(name)?.special === true;
    const pad = padToken ?? ["[PAD]", "<pad>"].find(isPad);
    const known: SpecialTokenTexts = {
      ...(pad !== undefined && { pad }),
      ...(typeof unk === "string" && { unk }),
      ...this.config.specialTokens,
    };
    const there = Object.entries(known).filter(([, token]) => this.tokenToId(token) !== undefined);
    return new SpecialTokens(Object.fromEntries(there), (token) => this.tokenToId(token)!);
  }
}

function tokenRun(
  stages: Stages,
  text: string,
  plan: EncodePlan,
  sequence: number,
  sink: TokenSink,
): TokenRun {
  const { truncation } = plan;
  sink.reserve(text.length >> 2);
  const added = tokenizeText(stages, text, sink, plan.readSpecialTokens);
  const whole = runOf(sink);
  const isCut = sequence === 1 || truncation?.strategy !== "onlySecond";
  if (truncation?.overflow !== "word" || !isCut) return whole;
  return upToWord(whole, truncation.maxLength, truncation.direction, added);
}
