import { checkOptions, TokenizerError } from "../errors.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN } from "../scan/known-patterns.ts";
import {
  type SentencePieceOptions,
  sentencePieceTokenizer,
} from "../sentencepiece/sentence-piece-tokenizer.ts";
import { readRankFile } from "../tiktoken/rank-file.ts";
import { type TiktokenOptions, tiktokenTokenizer } from "../tiktoken/tiktoken-tokenizer.ts";
import { type FileContents, locate, parseJson, readJson, readText, type TokenizerFiles } from "./files.ts";
import { type HubConfig, readHubConfig } from "./hub-config.ts";
import {
  bertTokenizerJson,
  bpeTokenizerJson,
  readVocabularyAndMerges,
  vocabularyOfLines,
} from "./slow-files.ts";

/** What files of other libraries do not say themselves. */
export interface LoadOptions {
  /** For a SentencePiece model: which of its pieces are put around a text. Default: what the configuration says. */
  readonly sentencePiece?: SentencePieceOptions;
  /** For tiktoken ranks: the pattern and the special tokens. Default: by the file's name, where it is known. */
  readonly tiktoken?: Partial<TiktokenOptions>;
}

/**
 * Loads the tokenizer of a published model, whatever its files are.
 *
 * A folder (or what lies below a URL) is searched for `tokenizer.json`, then for a SentencePiece model
 * (`tokenizer.model`, `spiece.model`, `sentencepiece.bpe.model`), then for `vocab.json` with `merges.txt`, then for
 * `vocab.txt`; `tokenizer_config.json`, `special_tokens_map.json` and `chat_template.jinja` are read where they are.
 * A file is read by its name: `*.json`, `*.model`, `*.tiktoken`, `vocab.json`, `merges.txt`, `vocab.txt`.
 *
 * @param source  path of a folder or file (Node), a URL, or the files' contents by name
 * @returns the tokenizer; the model's own files decide what it does
 * @throws TokenizerError where there is nothing that can be read
 * @throws TokenizerFormatError where a file says something that is not known, by name and place
 * @example
 * const vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##s";
 * const tokenizer = await loadTokenizer({ "vocab.txt": vocab });
 * tokenizer.encode("Hellos").tokens; // => ["[CLS]", "hello", "##s", "[SEP]"]
 */
export async function loadTokenizer(
  source: string | URL | FileContents,
  options: LoadOptions = {},
): Promise<PipelineTokenizer> {
  checkOptions("loadTokenizer", options, ["sentencePiece", "tiktoken"]);
  const { files, name } = await locate(source);
  const hub = await readHubConfig(files);
  const tokenizer =
    name === undefined ? await loadFolder(files, hub, options) : await loadFile(files, name, hub, options);
  if (tokenizer !== undefined) return tokenizer;
  const known = name === undefined ? folderFiles : ["*.json", "*.model", "*.tiktoken", "vocab.txt"];
  throw new TokenizerError(`loadTokenizer: ${files.place} is or has none of ${known.join(", ")}`);
}

const sentencePieceFiles = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];
const folderFiles = ["tokenizer.json", ...sentencePieceFiles, "vocab.json with merges.txt", "vocab.txt"];

async function loadFile(
  files: TokenizerFiles,
  name: string,
  hub: HubConfig,
  options: LoadOptions,
): Promise<PipelineTokenizer | undefined> {
  if (name === "vocab.json" || name === "merges.txt") return loadMerges(files, hub);
  if (name === "vocab.txt") return loadLines(files, hub);
  if (!/\.(json|model|tiktoken)$/.test(name)) return undefined;
  const bytes = await files.read(name);
  if (bytes === undefined) throw new TokenizerError(`loadTokenizer: there is no ${files.place}`);
  if (name.endsWith(".json")) {
    const json = parseJson(new TextDecoder().decode(bytes), `${files.place}: ${name}`);
    return PipelineTokenizer.fromJSON(json, hub.config);
  }
  if (name.endsWith(".model")) return loadSentencePiece(bytes, hub, options);
  return tiktokenTokenizer(readRankFile(bytes), tiktokenOptions(name, options));
}

async function loadFolder(
  files: TokenizerFiles,
  hub: HubConfig,
  options: LoadOptions,
): Promise<PipelineTokenizer | undefined> {
  const json = await readJson(files, "tokenizer.json");
  if (json !== undefined) return PipelineTokenizer.fromJSON(json, hub.config);
  for (const name of sentencePieceFiles) {
    const bytes = await files.read(name);
    if (bytes !== undefined) return loadSentencePiece(bytes, hub, options);
  }
  return (await loadMerges(files, hub)) ?? (await loadLines(files, hub));
}

async function loadMerges(files: TokenizerFiles, hub: HubConfig): Promise<PipelineTokenizer | undefined> {
  const bpe = await readVocabularyAndMerges(files);
  return bpe && PipelineTokenizer.fromJSON(bpeTokenizerJson(bpe, hub), hub.config);
}

async function loadLines(files: TokenizerFiles, hub: HubConfig): Promise<PipelineTokenizer | undefined> {
  const text = await readText(files, "vocab.txt");
  if (text === undefined) return undefined;
  return PipelineTokenizer.fromJSON(bertTokenizerJson(vocabularyOfLines(text), hub), hub.config);
}

function loadSentencePiece(bytes: Uint8Array, hub: HubConfig, options: LoadOptions): PipelineTokenizer {
  return sentencePieceTokenizer(bytes, {
    addBos: hub.json.add_bos_token === true,
    addEos: hub.json.add_eos_token === true,
    ...options.sentencePiece,
  });
}

/** The encodings that files are known to hold by their names, with the special tokens that have ids in each. */
function tiktokenOptions(name: string, options: LoadOptions): TiktokenOptions {
  const known: readonly (readonly [RegExp, string, Readonly<Record<string, number>>])[] = [
    [/^(gpt2|r50k_base)\./, GPT2_PATTERN, { "<|endoftext|>": 50256 }],
    [/^multilingual\./, GPT2_PATTERN, {}],
    [
      /^cl100k_base\./,
      CL100K_PATTERN,
      {
        "<|endoftext|>": 100257,
        "<|fim_prefix|>": 100258,
        "<|fim_middle|>": 100259,
        "<|fim_suffix|>": 100260,
        "<|endofprompt|>": 100276,
      },
    ],
    [/^o200k_base\./, O200K_PATTERN, { "<|endoftext|>": 199999, "<|endofprompt|>": 200018 }],
  ];
  const found = known.find(([names]) => names.test(name));
  const pattern = options.tiktoken?.pattern ?? found?.[1];
  if (pattern !== undefined) return { specialTokens: found?.[2] ?? {}, ...options.tiktoken, pattern };
  throw new TokenizerError(
    `loadTokenizer: the pattern of ${name} is not known; pass tiktoken: { pattern, specialTokens }`,
  );
}
