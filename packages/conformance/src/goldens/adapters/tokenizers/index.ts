import type { Handler } from "../../context.ts";
import { SkipCase } from "../../skip.ts";
import { components } from "./components.ts";
import { bertNormalizerOptions, bertPairs, pipeline, pipelines, transformersJs } from "./pipelines.ts";

const files = (...names: readonly string[]): readonly string[] => ["data", "tokenizers", ...names];
const trained = (name: string): Handler => pipeline("tokenizers", "trained", `${name}.tokenizer.json`);

/** By the table's name. */
const tables: Readonly<Record<string, Handler>> = {
  "bert-base-uncased": pipelines(
    files("bert-base-uncased", "tokenizer.json"),
    files("bert-base-uncased", "vocab.txt"),
    files("bert-base-uncased"),
  ),
  "bert-normalizer-options": bertNormalizerOptions,
  "bert-pairs-truncation-padding": bertPairs,
  components,
  gpt2: pipelines(files("gpt2", "tokenizer.json"), files("gpt2", "vocab.json"), files("gpt2")),
  "trained-bpe-bytelevel": trained("bpe-bytelevel"),
  "trained-bpe-endofword": trained("bpe-endofword"),
  "trained-bpe-whitespace": trained("bpe-whitespace"),
  "trained-unigram": trained("unigram"),
  "trained-wordlevel": trained("wordlevel"),
  "trained-wordpiece": trained("wordpiece"),
  "transformersjs-bert-base-uncased": transformersJs(...files("bert-base-uncased")),
  "transformersjs-gpt2": transformersJs(...files("gpt2")),
};

/** A table of texts with what other libraries made of them. */
export const tokenizerTable: Handler = async (context) => {
  const name = context.golden.id.replace(/^tokenizers\//, "");
  const handler = tables[name];
  if (handler === undefined) throw new SkipCase(`no adapter for the table ${name}`);
  await handler(context);
};
