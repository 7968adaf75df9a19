import { type AddedTokenJson, addedTokenJson, readAddedToken } from "../added-tokens/added-token.ts";
import { ComponentFields, type ComponentReader } from "../component-json.ts";
import { readDecoder } from "../decoders/read.ts";
import { type PaddingJson, paddingJson, readPadding } from "../encoding/padding.ts";
import { readTruncation, type TruncationJson, truncationJson } from "../encoding/truncation.ts";
import { readModel } from "../models/read.ts";
import { readNormalizer } from "../normalizers/read.ts";
import type { Component, ComponentJson } from "../pipeline/roles.ts";
import type { PipelineTokenizerOptions } from "../pipeline-options.ts";
import type { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { readPostProcessor } from "../post-processors/read.ts";
import { readPreTokenizer } from "../pre-tokenizers/read.ts";

/** What stands in `tokenizer.json`. */
export interface TokenizerJson {
  readonly version: "1.0";
  readonly truncation: TruncationJson | null;
  readonly padding: PaddingJson | null;
  readonly added_tokens: readonly AddedTokenJson[];
  readonly normalizer: ComponentJson | null;
  readonly pre_tokenizer: ComponentJson | null;
  readonly post_processor: ComponentJson | null;
  readonly decoder: ComponentJson | null;
  readonly model: ComponentJson;
}

export function pipelineJson(tokenizer: PipelineTokenizer): TokenizerJson {
  const { truncation, padding } = tokenizer;
  const part = (component: Component | undefined): ComponentJson | null => component?.toJSON() ?? null;
  return {
    version: "1.0",
    truncation: truncation === undefined ? null : truncationJson(truncation),
    padding: padding === undefined ? null : paddingJson(padding),
    added_tokens: tokenizer.addedVocabulary.tokens.map(addedTokenJson),
    normalizer: part(tokenizer.normalizer),
    pre_tokenizer: part(tokenizer.preTokenizer),
    post_processor: part(tokenizer.postProcessor),
    decoder: part(tokenizer.decoder),
    model: tokenizer.model.toJSON(),
  };
}

/**
 * The parts that a `tokenizer.json` describes.
 *
 * @throws TokenizerFormatError for a type or a field that is not known, by name and place
 */
export function readTokenizerJson(json: unknown): PipelineTokenizerOptions {
  const fields = new ComponentFields(json, "tokenizer.json");
  fields.oneOf("version", ["1.0"], "1.0");
  const part = <T>(name: string, read: ComponentReader<T>): T | undefined =>
    fields.has(name) ? read(fields.raw(name), name) : undefined;
  const truncation = part("truncation", readTruncation);
  const padding = part("padding", readPadding);
  const options: PipelineTokenizerOptions = {
    truncation,
    padding,
    addedTokens: fields
      .list("added_tokens", [])
      .map((token, i) => readAddedToken(token, `added_tokens[${i}]`)),
    normalizer: part("normalizer", readNormalizer),
    preTokenizer: part("pre_tokenizer", readPreTokenizer),
    postProcessor: part("post_processor", readPostProcessor),
    decoder: part("decoder", readDecoder),
    model: readModel(fields.raw("model"), "model"),
  };
  fields.end();
  return options;
}
