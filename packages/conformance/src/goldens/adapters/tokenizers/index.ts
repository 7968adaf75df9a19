import type { Handler } from "../../context.ts";
import { SkipCase } from "../../skip.ts";
import { clip, clipTransformersJs } from "./clip.ts";
import { components } from "./components.ts";
import { bertNormalizerOptions, bertPairs, pipelines, transformersJs } from "./pipelines.ts";
import { sentencePiece } from "./sentence-piece.ts";
import { trained } from "./trained.ts";

const files = (...names: readonly string[]): readonly string[] => ["data", "tokenizers", ...names];
const model = (name: string): Handler => sentencePiece(...files("sentencepiece", `${name}.model`));

/** By the table's name. */
const tables: Readonly<Record<string, Handler>> = {
  "bert-base-uncased": pipelines([
    files("bert-base-uncased", "tokenizer.json"),
    files("bert-base-uncased", "vocab.txt"),
    files("bert-base-uncased"),
  ]),
  "bert-normalizer-options": bertNormalizerOptions,
  "bert-pairs-truncation-padding": bertPairs,
  components,
  clip,
  gpt2: pipelines([files("gpt2", "tokenizer.json"), files("gpt2", "vocab.json"), files("gpt2")], false),
  "sp-bpe": model("test_sentencepiece_bpe"),
  "sp-bytefallback": model("test_sentencepiece_with_bytefallback"),
  "sp-test_ja_model": model("test_ja_model"),
  "sp-test_model": model("test_model"),
  "sp-trained-bpe": sentencePiece("tokenizers", "trained", "sp-bpe.model"),
  "sp-trained-unigram": sentencePiece("tokenizers", "trained", "sp-unigram.model"),
  "sp-xlnet-spiece": model("spiece"),
  "trained-bpe-bytelevel": trained("bpe-bytelevel"),
  "trained-bpe-endofword": trained("bpe-endofword"),
  "trained-bpe-whitespace": trained("bpe-whitespace"),
  "trained-unigram": trained("unigram"),
  "trained-wordlevel": trained("wordlevel"),
  "trained-wordpiece": trained("wordpiece"),
  "transformersjs-bert-base-uncased": transformersJs(...files("bert-base-uncased")),
  "transformersjs-clip-vit-base-patch16": clipTransformersJs,
  "transformersjs-gpt2": transformersJs(...files("gpt2")),
  "whisper-multilingual": pipelines([files("whisper", "multilingual.tiktoken")]),
};

/** A table of texts with what other libraries made of them. */
export const tokenizerTable: Handler = async (context) => {
  const name = context.golden.id.replace(/^tokenizers\//, "");
  const handler = tables[name];
  if (handler === undefined) throw new SkipCase(`no adapter for the table ${name}`);
  await handler(context);
};
