import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EncodingName } from "../../works/tokenizers.ts";
import { peersFolder, resolvePeer } from "../installed.ts";

/** A vocabulary of OpenAI's, as the packages of the peers have it. */
export interface RankFile {
  /** Lines of a token's bytes in base64 and its rank. */
  readonly text: string;
  /** A regular expression of the words. */
  readonly pattern: string;
  readonly special: Readonly<Record<string, number>>;
}

/** @throws Error where the peers are not installed */
export function rankFile(encoding: EncodingName): RankFile {
  const folder = dirname(resolvePeer("tiktoken"));
  const { pat_str, special_tokens } = JSON.parse(
    readFileSync(join(folder, "encoders", `${encoding}_base.json`), "utf8"),
  );
  resolvePeer("gpt-tokenizer");
  const data = join(peersFolder, "node_modules", "gpt-tokenizer", "data", `${encoding}_base.tiktoken`);
  return { text: readFileSync(data, "utf8"), pattern: pat_str, special: special_tokens };
}
