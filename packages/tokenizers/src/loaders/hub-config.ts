import type { AddedToken } from "../added-tokens/added-token.ts";
import { ComponentFields } from "../component-json.ts";
import { show, TokenizerFormatError } from "../errors.ts";
import type { TokenizerConfig } from "../pipeline-options.ts";
import type { SpecialTokenRole } from "../special-tokens.ts";
import { readJson, readText, type TokenizerFiles } from "./files.ts";

const roles: readonly SpecialTokenRole[] = ["pad", "bos", "eos", "unk"];
const templateRoles = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"];

/** What the files beside a vocabulary say. */
export interface HubConfig {
  readonly config: TokenizerConfig;
  /** `tokenizer_class` without `Tokenizer` and `Fast`: `"Bert"`, or `undefined`. */
  readonly family: string | undefined;
  /** All of `tokenizer_config.json`, for the options of single families. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Special tokens by role (`cls`, `mask` ...), with their flags where they are said. */
  readonly special: Readonly<Record<string, AddedToken>>;
  /** Tokens of `added_tokens_decoder` and `added_tokens.json`. */
  readonly added: readonly AddedToken[];
}

/** Reads `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json` and `chat_template.jinja`. */
export async function readHubConfig(files: TokenizerFiles): Promise<HubConfig> {
  const json = asRecord(await readJson(files, "tokenizer_config.json"), "tokenizer_config.json");
  const map = asRecord(await readJson(files, "special_tokens_map.json"), "special_tokens_map.json");
  const addedJson = asRecord(await readJson(files, "added_tokens.json"), "added_tokens.json");
  const template = await readText(files, "chat_template.jinja");

  const special: Record<string, AddedToken> = {};
  for (const role of templateRoles) {
    const name = `${role}_token`;
    const token =
      readToken(json[name], `tokenizer_config.json.${name}`) ??
      readToken(map[name], `special_tokens_map.json.${name}`);
    if (token !== undefined) special[role] = token;
  }
  const config: TokenizerConfig = {
    specialTokens: Object.fromEntries(
      roles.flatMap((role) => (special[role] === undefined ? [] : [[role, special[role].content]])),
    ),
    templateTokens: Object.fromEntries(
      Object.entries(special).map(([role, { content }]) => [`${role}_token`, content]),
    ),
    ...chatTemplateOf(template ?? json.chat_template),
    ...(typeof json.clean_up_tokenization_spaces === "boolean" && {
      cleanUpTokenizationSpaces: json.clean_up_tokenization_spaces,
    }),
    ...(typeof json.model_max_length === "number" &&
      json.model_max_length < 1e18 && { modelMaxLength: json.model_max_length }), // 1e30 says: none
  };
  const family = typeof json.tokenizer_class === "string" ? json.tokenizer_class : undefined;
  return {
    config,
    family: family?.replace(/Tokenizer(Fast)?$/, ""),
    json,
    special,
    added: addedTokens(json, addedJson),
  };
}

function addedTokens(
  config: Readonly<Record<string, unknown>>,
  added: Readonly<Record<string, unknown>>,
): AddedToken[] {
  const byId = asRecord(config.added_tokens_decoder, "tokenizer_config.json.added_tokens_decoder");
  const fromConfig = Object.entries(byId).map(([id, json]) => ({
    ...readToken(json, `tokenizer_config.json.added_tokens_decoder.${id}`)!,
    id: Number(id),
  }));
  const known = new Set(fromConfig.map(({ content }) => content));
  const fromList = Object.entries(added).flatMap(([content, id]) =>
    known.has(content) || typeof id !== "number" ? [] : [{ content, id }],
  );
  return [...fromConfig, ...fromList].sort((a, b) => a.id - b.id);
}

/** A token as a string, or as an object with its flags. */
function readToken(json: unknown, path: string): AddedToken | undefined {
  if (json === undefined || json === null) return undefined;
  if (typeof json === "string") return { content: json, special: true };
  const fields = new ComponentFields(json, path);
  fields.raw("__type"); // "AddedToken"
  fields.raw("id");
  const special = fields.boolean("special", true);
  const token = {
    content: fields.string("content"),
    singleWord: fields.boolean("single_word", false),
    lstrip: fields.boolean("lstrip", false),
    rstrip: fields.boolean("rstrip", false),
    normalized: fields.boolean("normalized", !special),
    special,
  };
  fields.end();
  return token;
}

/** One template, or several by name. */
function chatTemplateOf(json: unknown): Pick<TokenizerConfig, "chatTemplate"> {
  if (typeof json === "string") return { chatTemplate: json };
  if (!Array.isArray(json)) return {};
  const named = json.map((entry, i): [string, string] => {
    const fields = new ComponentFields(entry, `tokenizer_config.json.chat_template[${i}]`);
    return [fields.string("name"), fields.string("template")];
  });
  return { chatTemplate: Object.fromEntries(named) };
}

function asRecord(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (json === undefined || json === null) return {};
  if (typeof json === "object" && !Array.isArray(json)) return json as Readonly<Record<string, unknown>>;
  throw new TokenizerFormatError(`${path}: not an object (got ${show(json)})`, path);
}
