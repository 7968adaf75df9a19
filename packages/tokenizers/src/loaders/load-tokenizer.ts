import { TokenizerError } from "../errors.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { type FileContents, locate, parseJson, readJson, readText, type TokenizerFiles } from "./files.ts";
import { type HubConfig, readHubConfig } from "./hub-config.ts";
import {
  bertTokenizerJson,
  bpeTokenizerJson,
  readVocabularyAndMerges,
  vocabularyOfLines,
} from "./slow-files.ts";

/**
 * Loads the tokenizer of a published model, whatever its files are.
 *
 * A folder (or what lies below a URL) is searched for `tokenizer.json`, then for a SentencePiece model, then for
 * `vocab.json` with `merges.txt`, then for `vocab.txt`; `tokenizer_config.json`, `special_tokens_map.json` and
 * `chat_template.jinja` are read where they are. A file is read by its name: `*.json`, `*.model`, `*.tiktoken`, or
 * one of the pairs.
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
export async function loadTokenizer(source: string | URL | FileContents): Promise<PipelineTokenizer> {
  const { files, name } = await locate(source);
  if (name === undefined) return loadFolder(files);
  if (/^(vocab\.json|merges\.txt|vocab\.txt)$/.test(name)) return loadFolder(files, name);
  if (name.endsWith(".json")) {
    const json = parseJson((await readText(files, name)) ?? "", `${files.place}: ${name}`);
    return PipelineTokenizer.fromJSON(json, (await readHubConfig(files)).config);
  }
  throw new TokenizerError(
    `loadTokenizer: ${files.place}: no format is known by this name (known: *.json, *.model, *.tiktoken, vocab.txt)`,
  );
}

/** @param only  the one file that was asked for, with those that belong to it */
async function loadFolder(files: TokenizerFiles, only?: string): Promise<PipelineTokenizer> {
  const hub = await readHubConfig(files);
  if (only === undefined) {
    const json = await readJson(files, "tokenizer.json");
    if (json !== undefined) return PipelineTokenizer.fromJSON(json, hub.config);
  }
  const converted = await convertedFiles(files, hub, only);
  if (converted !== undefined) return converted;
  throw new TokenizerError(`loadTokenizer: ${files.place} has none of ${known.join(", ")}`);
}

const known = ["tokenizer.json", "vocab.json with merges.txt", "vocab.txt"];

async function convertedFiles(
  files: TokenizerFiles,
  hub: HubConfig,
  only: string | undefined,
): Promise<PipelineTokenizer | undefined> {
  if (only !== "vocab.txt") {
    const bpe = await readVocabularyAndMerges(files);
    if (bpe !== undefined) return PipelineTokenizer.fromJSON(bpeTokenizerJson(bpe, hub), hub.config);
  }
  const lines = await readText(files, "vocab.txt");
  if (lines === undefined) return undefined;
  return PipelineTokenizer.fromJSON(bertTokenizerJson(vocabularyOfLines(lines), hub), hub.config);
}
