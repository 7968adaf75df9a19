import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { byteCharacters } from "../byte-characters.ts";
import { TokenizerError, TokenizerFormatError } from "../errors.ts";
import { byteLevelJson, wordPieceJson } from "../testing/small-tokenizers.ts";
import type { FileContents } from "./files.ts";
import { loadTokenizer } from "./load-tokenizer.ts";

const lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncafe\ncafé\n##s\n";

/** `vocab.json` and `merges.txt` of a byte-level BPE with the given special tokens. */
function bpeFiles(special: readonly string[], suffix = ""): FileContents {
  const characters = byteCharacters();
  const merges = ["t h", `th e${suffix}`, `Ġ the${suffix}`];
  const tokens = [
    ...new Set([
      ...special,
      ...characters,
      ...(suffix === "" ? [] : characters.map((each) => each + suffix)),
      ...merges.map((merge) => merge.replace(" ", "")),
    ]),
  ];
  return {
    "vocab.json": JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id]))),
    "merges.txt": `#version: 0.2\n${merges.join("\r\n")}\n`,
  };
}

function folder(contents: FileContents): string {
  const path = mkdtempSync(join(tmpdir(), "saccade-tokenizer-"));
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(path, name), content);
  return path;
}

describe("older files", () => {
  test("BERT's, by its configuration", async () => {
    const plain = await loadTokenizer({ "vocab.txt": lines });
    expect(plain.encode("The CAFÉS", { pair: "the" }).tokens).toEqual([
      "[CLS]",
      "the",
      "cafe",
      "##s",
      "[SEP]",
      "the",
      "[SEP]",
    ]);
    expect(plain.specialTokens.padId).toBe(0);
    const cased = await loadTokenizer({
      "vocab.txt": lines.replaceAll("\n", "\r\n"),
      "tokenizer_config.json": JSON.stringify({ do_lower_case: false, tokenizer_class: "BertTokenizer" }),
      "added_tokens.json": JSON.stringify({ "<new>": 9 }),
    });
    expect(cased.encode("the cafés<new> The").tokens).toEqual([
      "[CLS]",
      "the",
      "café",
      "##s",
      "<new>",
      "[UNK]",
      "[SEP]",
    ]);
  });

  test("GPT-2's", async () => {
    const files = bpeFiles(["<|endoftext|>"]);
    const plain = await loadTokenizer(files);
    expect(plain.encode("the the<|endoftext|>").tokens).toEqual(["the", "Ġthe", "<|endoftext|>"]);
    const opening = await loadTokenizer({
      ...files,
      "tokenizer_config.json": JSON.stringify({
        tokenizer_class: "GPT2Tokenizer",
        add_bos_token: true,
        add_prefix_space: true,
        bos_token: { __type: "AddedToken", content: "<|endoftext|>", normalized: true },
      }),
    });
    expect(opening.encode("the").tokens).toEqual(["<|endoftext|>", "Ġthe"]);
    expect(opening.specialTokens.bosId).toBe(0);
  });

  test("RoBERTa's", async () => {
    const roberta = await loadTokenizer({
      ...bpeFiles(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]),
      "tokenizer_config.json": JSON.stringify({ tokenizer_class: "RobertaTokenizer" }),
      "special_tokens_map.json": JSON.stringify({ pad_token: "<pad>", eos_token: "</s>" }),
    });
    const { tokens, offsets } = roberta.encode("the the <mask>", { pair: "the" });
    expect(tokens).toEqual(["<s>", "the", "Ġthe", " <mask>", "</s>", "</s>", "the", "</s>"]);
    expect(offsets[2]).toEqual([4, 7]); // trimmed
    expect(roberta.specialTokens).toMatchObject({ padId: 1, eosId: 2 });
  });

  test("CLIP's", async () => {
    const clip = await loadTokenizer(bpeFiles(["<|startoftext|>", "<|endoftext|>"], "</w>"));
    const { ids, tokens } = clip.encode("  THE\n the");
    expect(tokens).toEqual(["<|startoftext|>", "the</w>", "the</w>", "<|endoftext|>"]);
    expect(clip.decode(ids)).toBe("the the ");
  });
});

describe("places", () => {
  const json = JSON.stringify(byteLevelJson());
  const config = JSON.stringify({
    eos_token: "<|end|>",
    clean_up_tokenization_spaces: true,
    model_max_length: 64,
    chat_template: [{ name: "default", template: "x" }],
  });
  afterEach(() => vi.unstubAllGlobals());

  test("a folder, a file, their URLs", async () => {
    const path = folder({ "tokenizer.json": json, "tokenizer_config.json": config });
    for (const source of [
      path,
      join(path, "tokenizer.json"),
      pathToFileURL(path),
      String(pathToFileURL(path)),
    ]) {
      const tokenizer = await loadTokenizer(source);
      expect(tokenizer.encode("the").tokens).toEqual(["the"]);
      expect(tokenizer.specialTokens.eosId).toBe(266);
      expect(tokenizer.config).toMatchObject({
        cleanUpTokenizationSpaces: true,
        modelMaxLength: 64,
        chatTemplate: { default: "x" },
      });
    }
  });

  test("below a URL, with a query that stays", async () => {
    const asked: string[] = [];
    const answers: Readonly<Record<string, string>> = { "tokenizer.json": json };
    vi.stubGlobal("fetch", async (url: URL) => {
      asked.push(String(url));
      const content = answers[url.pathname.split("/").at(-1)!];
      return content === undefined ? new Response("", { status: 404 }) : new Response(content);
    });
    const tokenizer = await loadTokenizer("https://example.org/models/small?key=1");
    expect(tokenizer.vocabSize).toBe(267);
    expect(asked).toContain("https://example.org/models/small/tokenizer.json?key=1");
    const file = await loadTokenizer(new URL("https://example.org/a/tokenizer.json"));
    expect(file.vocabSize).toBe(267);
    vi.stubGlobal("fetch", async () => new Response("", { status: 500, statusText: "Oh" }));
    await expect(loadTokenizer("https://example.org/x")).rejects.toThrow("answered 500 Oh");
  });

  test("ranks by the name of their file", async () => {
    const ranks = Array.from({ length: 256 }, (_, byte) => `${btoa(String.fromCharCode(byte))} ${byte}`);
    const text = [...ranks, `${btoa("he")} 256`].join("\n");
    const tokenizer = await loadTokenizer({ "cl100k_base.tiktoken": text });
    expect([...tokenizer.encode("he<|endoftext|>").ids]).toEqual([256, 100257]);
    await expect(loadTokenizer({ "mine.tiktoken": text })).rejects.toThrow(
      "the pattern of mine.tiktoken is not known",
    );
    const mine = await loadTokenizer({ "mine.tiktoken": text }, { tiktoken: { pattern: "\\w+|\\W+" } });
    expect([...mine.encode("he!").ids]).toEqual([256, 33]);
  });
});

describe("what cannot be loaded", () => {
  test.each<[string, string | FileContents, string]>([
    ["no place", "/nowhere/at/all", "there is no file or folder /nowhere/at/all"],
    ["no files", {}, "the files given is or has none of tokenizer.json"],
    ["an unknown name", { "model.bin": "" }, "the files given is or has none of *.json"],
    ["no JSON", { "tokenizer.json": "{" }, "the files given: tokenizer.json is no JSON"],
    ["JSON of something else", { "tokenizer.json": "[]" }, "tokenizer.json: not an object (got [])"],
    ["a missing model", { "tokenizer.json": "{}" }, "model: not an object (got undefined)"],
    ["no protobuf", { "spiece.model": "hello" }, ""],
    ["merges of nothing", { "vocab.json": "{}", "merges.txt": "a b" }, ""],
    [
      "a vocabulary that is none",
      { "vocab.json": "3", "merges.txt": "" },
      "vocab.json: not an object (got 3)",
    ],
    ["no special tokens", { "vocab.txt": "a\nb" }, 'the cls token "[CLS]" is not in the vocabulary'],
  ])("%s", async (_, source, message) => {
    await expect(loadTokenizer(source)).rejects.toThrow(TokenizerError);
    await expect(loadTokenizer(source)).rejects.toThrow(message);
  });

  test("a part that is not known, by name and place", async () => {
    const load = (change: object) =>
      loadTokenizer({ "tokenizer.json": JSON.stringify({ ...wordPieceJson(), ...change }) });
    await expect(load({ extra: 1 })).rejects.toThrow('tokenizer.json: there is no field "extra"');
    await expect(load({ version: "2.0" })).rejects.toThrow('tokenizer.json.version: not one of "1.0"');
    await expect(load({ normalizer: { type: "NFX" } })).rejects.toThrow(
      'there is no normalizer of type "NFX"',
    );
    await expect(load({ added_tokens: [{ content: "a" }] })).rejects.toThrow(
      "added_tokens[0].id: a whole number, 0 or more is missing",
    );
    await expect(load({ padding: { strategy: "Long" } })).rejects.toThrow(TokenizerFormatError);
    await expect(loadTokenizer({ "tokenizer.json": "{}" }, { foo: 1 } as object)).rejects.toThrow(
      'there is no option "foo"',
    );
  });
});
