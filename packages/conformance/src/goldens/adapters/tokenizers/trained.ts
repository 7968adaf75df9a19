import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  BpeTrainer,
  byteCharacters,
  PipelineTokenizer,
  type Trainer,
  trainTokenizer,
  UnigramTrainer,
  WordLevelTrainer,
  WordPieceTrainer,
} from "@saccade/tokenizers";
import type { CaseContext, Handler } from "../../context.ts";
import { pipelines } from "./pipelines.ts";
import { fileOf, readTable } from "./table.ts";

const size = { vocabSize: 400 };

/** How the tokenizers of the tables were trained, by their names. */
const trainers: Readonly<Record<string, () => Trainer>> = {
  "bpe-bytelevel": () =>
    new BpeTrainer({ ...size, specialTokens: ["<|endoftext|>"], initialAlphabet: byteCharacters() }),
  "bpe-endofword": () =>
    new BpeTrainer({ ...size, specialTokens: ["<unk>"], unkToken: "<unk>", endOfWordSuffix: "</w>" }),
  "bpe-whitespace": () => new BpeTrainer({ ...size, specialTokens: ["[UNK]", "[PAD]"], unkToken: "[UNK]" }),
  unigram: () => new UnigramTrainer({ ...size, specialTokens: ["<unk>", "<pad>"], unkToken: "<unk>" }),
  wordlevel: () => new WordLevelTrainer({ ...size, specialTokens: ["<unk>", "<pad>"] }),
  wordpiece: () =>
    new WordPieceTrainer({ ...size, specialTokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] }),
};
/** Characters that Unigram training dropped have scores 0.0001 apart, in an order that changes from run to run. */
const scoreTolerance = 0.002;

type Vocabulary = Readonly<Record<string, number>> | readonly (readonly [string, number])[];

interface ModelJson {
  readonly vocab: Vocabulary;
  readonly continuing_subword_prefix?: string | null;
  readonly end_of_word_suffix?: string | null;
}

/** A tokenizer as it was recorded; and its training, from the same lines. */
export function trained(name: string): Handler {
  return async (context) => {
    await pipelines([["tokenizers", "trained", `${name}.tokenizer.json`]])(context);
    const table = readTable(context);
    const recorded = JSON.parse(
      readFileSync(fileOf(table, "tokenizers", "trained", `${name}.tokenizer.json`), "utf8"),
    );
    const lines = gunzipSync(readFileSync(fileOf(table, "data", "multi30k", "train.en.gz")))
      .toString()
      .split("\n", 3000);
    const { normalizer, preTokenizer, postProcessor, decoder } = PipelineTokenizer.fromJSON(recorded);
    const tokenizer = await trainTokenizer(
      { normalizer, preTokenizer, postProcessor, decoder },
      trainers[name](),
      lines,
    );
    const { model, ...rest } = JSON.parse(JSON.stringify(tokenizer));
    const { model: recordedModel, ...recordedRest } = recorded;
    same(context, "all but the model", rest, recordedRest);
    same(context, "merges", model.merges, recordedModel.merges);
    checkVocabulary(context, model, recordedModel);
  };
}

/**
 * The same tokens, with the same ids or scores. Where characters have a prefix or suffix, their ids change from run
 * to run there, and with them the order of merges that are equally frequent: then the tokens alone.
 */
function checkVocabulary(context: CaseContext, model: ModelJson, recorded: ModelJson): void {
  const [got, wanted] = [new Map(entriesOf(model.vocab)), new Map(entriesOf(recorded.vocab))];
  same(context, "tokens", [...got.keys()].sort(), [...wanted.keys()].sort());
  if (recorded.continuing_subword_prefix || recorded.end_of_word_suffix) return;
  const tolerance = Array.isArray(recorded.vocab) ? scoreTolerance : 0;
  for (const [token, value] of wanted) {
    const mine = got.get(token) ?? Number.NaN;
    if (!(Math.abs(mine - value) <= tolerance)) context.fail(token, `${mine} instead of ${value}`);
  }
}

function entriesOf(vocab: Vocabulary): readonly (readonly [string, number])[] {
  return Array.isArray(vocab) ? vocab : Object.entries(vocab);
}

function same(context: CaseContext, what: string, got: unknown, wanted: unknown): void {
  const [given, expected] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (given !== expected) context.fail(what, `${given?.slice(0, 200)} instead of ${expected?.slice(0, 200)}`);
}
