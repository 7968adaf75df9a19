import type { AddedToken } from "../added-tokens/added-token.ts";
import { show, TokenizerFormatError } from "../errors.ts";
import { parseJson, readText, type TokenizerFiles } from "./files.ts";
import type { HubConfig } from "./hub-config.ts";

/** The vocabulary of `vocab.json` and the merges of `merges.txt`. */
export interface VocabularyAndMerges {
  readonly vocab: Readonly<Record<string, unknown>>;
  readonly merges: readonly string[];
}

/** Reads `vocab.json` and `merges.txt`; `undefined` where one of them is not there. */
export async function readVocabularyAndMerges(
  files: TokenizerFiles,
): Promise<VocabularyAndMerges | undefined> {
  const vocabText = await readText(files, "vocab.json");
  const mergesText = await readText(files, "merges.txt");
  if (vocabText === undefined || mergesText === undefined) return undefined;
  const vocab = parseJson(vocabText, `${files.place}: vocab.json`);
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) {
    throw new TokenizerFormatError(`vocab.json: not an object (got ${show(vocab)})`, "vocab.json");
  }
  const lines = mergesText.split(/\r?\n/);
  const merges = lines.filter((line, i) => line !== "" && !(i === 0 && line.startsWith("#version")));
  return { vocab: vocab as Readonly<Record<string, unknown>>, merges };
}

/** The tokens of a `vocab.txt`, one a line; ids are the line numbers. */
export function vocabularyOfLines(text: string): Readonly<Record<string, number>> {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  return Object.fromEntries(lines.map((token, id) => [token, id]));
}

/** `tokenizer.json` for `vocab.json` and `merges.txt`, as the family has its other parts. */
export function bpeTokenizerJson(
  { vocab, merges }: VocabularyAndMerges,
  hub: HubConfig,
): Readonly<Record<string, unknown>> {
  const family = hub.family ?? (Object.hasOwn(vocab, "<|startoftext|>") ? "CLIP" : undefined);
  const isClip = family === "CLIP";
  const isRoberta = ["Roberta", "Bart", "LED", "Longformer", "Blenderbot"].includes(family ?? "");
  const addPrefixSpace = hub.json.add_prefix_space === true;
  const usual = isClip
    ? { bos: "<|startoftext|>", eos: "<|endoftext|>", unk: "<|endoftext|>", pad: "<|endoftext|>" }
    : isRoberta
      ? { bos: "<s>", eos: "</s>", sep: "</s>", cls: "<s>", unk: "<unk>", pad: "<pad>", mask: "<mask>" }
      : { bos: "<|endoftext|>", eos: "<|endoftext|>", unk: "<|endoftext|>" };
  const special = specialTokens(usual, hub, isRoberta ? { mask: { lstrip: true } } : {});
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: addPrefixSpace,
    trim_offsets: true,
    use_regex: true,
  };
  const around = (cls: string, sep: string, trimOffsets: boolean) => ({
    type: "RobertaProcessing",
    cls: tokenAndId(special, cls, vocab),
    sep: tokenAndId(special, sep, vocab),
    trim_offsets: trimOffsets,
    add_prefix_space: addPrefixSpace,
  });
  return {
    added_tokens: addedTokenEntries(special, hub, vocab),
    normalizer: isClip ? clipNormalizer : null,
    pre_tokenizer: isClip
      ? {
          type: "Sequence",
          pretokenizers: [clipSplit, { ...byteLevel, add_prefix_space: false, use_regex: false }],
        }
      : byteLevel,
    post_processor: isClip
      ? around("bos", "eos", false)
      : isRoberta
        ? around("cls", "sep", true)
        : gpt2PostProcessor(hub, special, vocab, byteLevel),
    decoder: isClip
      ? {
          type: "Sequence",
          decoders: [byteLevel, { type: "Replace", pattern: { String: "</w>" }, content: " " }],
        }
      : byteLevel,
    model: {
      type: "BPE",
      unk_token: isClip ? special.unk!.content : null,
      end_of_word_suffix: isClip ? "</w>" : null,
      vocab,
      merges,
    },
  };
}

const clipNormalizer = {
  type: "Sequence",
  normalizers: [
    { type: "NFC" },
    { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
    { type: "Lowercase" },
  ],
};

const clipSplit = {
  type: "Split",
  pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
  behavior: "Removed",
  invert: true,
};

function gpt2PostProcessor(
  hub: HubConfig,
  special: Readonly<Record<string, AddedToken>>,
  vocab: Readonly<Record<string, unknown>>,
  byteLevel: object,
): object {
  if (hub.json.add_bos_token !== true) return { ...byteLevel, trim_offsets: false };
  const [bos, id] = tokenAndId(special, "bos", vocab);
  const before = (type_id: number) => ({ SpecialToken: { id: bos, type_id } });
  const [a, b] = [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }];
  return {
    type: "TemplateProcessing",
    single: [before(0), a],
    pair: [before(0), a, before(1), b],
    special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
  };
}

/** `tokenizer.json` for a `vocab.txt` of BERT and its relatives. */
export function bertTokenizerJson(
  vocab: Readonly<Record<string, number>>,
  hub: HubConfig,
): Readonly<Record<string, unknown>> {
  const usual = { unk: "[UNK]", sep: "[SEP]", pad: "[PAD]", cls: "[CLS]", mask: "[MASK]" };
  const special = specialTokens(usual, hub, {});
  const [cls, clsId] = tokenAndId(special, "cls", vocab);
  const [sep, sepId] = tokenAndId(special, "sep", vocab);
  const token = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const { strip_accents, do_lower_case, tokenize_chinese_chars } = hub.json;
  return {
    added_tokens: addedTokenEntries(special, hub, vocab),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: tokenize_chinese_chars ?? true,
      strip_accents: strip_accents ?? null,
      lowercase: do_lower_case ?? true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [token(cls, 0), sequence("A", 0), token(sep, 0)],
      pair: [token(cls, 0), sequence("A", 0), token(sep, 0), sequence("B", 1), token(sep, 1)],
      special_tokens: {
        [cls]: { id: cls, ids: [clsId], tokens: [cls] },
        [sep]: { id: sep, ids: [sepId], tokens: [sep] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: special.unk!.content,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** The special tokens by role: the family's usual ones, and what the configuration says instead. */
function specialTokens(
  usual: Readonly<Record<string, string>>,
  hub: HubConfig,
  flags: Readonly<Record<string, Partial<AddedToken>>>,
): Record<string, AddedToken> {
  const named = Object.entries(usual).map(([role, content]) => [
    role,
    { content, special: true, ...flags[role] },
  ]);
  return { ...(Object.fromEntries(named) as Record<string, AddedToken>), ...hub.special };
}

function tokenAndId(
  special: Readonly<Record<string, AddedToken>>,
  role: string,
  vocab: Readonly<Record<string, unknown>>,
): readonly [string, number] {
  const { content } = special[role]!;
  const id = Object.hasOwn(vocab, content) ? vocab[content] : undefined;
  if (typeof id === "number") return [content, id];
  throw new TokenizerFormatError(
    `vocab: the ${role} token ${show(content)} is not in the vocabulary`,
    "vocab",
  );
}

/** `added_tokens`: those of the configuration, and the special ones that the vocabulary has. */
function addedTokenEntries(
  special: Readonly<Record<string, AddedToken>>,
  hub: HubConfig,
  vocab: Readonly<Record<string, unknown>>,
): object[] {
  const byContent = new Map<string, object>();
  const add = (token: AddedToken, id: number): void => {
    byContent.set(token.content, {
      id,
      content: token.content,
      single_word: token.singleWord ?? false,
      lstrip: token.lstrip ?? false,
      rstrip: token.rstrip ?? false,
      normalized: token.normalized ?? !token.special,
      special: token.special ?? false,
    });
  };
  for (const token of Object.values(special)) {
    const id = Object.hasOwn(vocab, token.content) ? vocab[token.content] : undefined;
    if (typeof id === "number") add(token, id);
  }
  for (const token of hub.added) add(token, token.id!);
  return [...byContent.values()];
}
