import { readFileSync } from "node:fs";
import type { Encode } from "../../works/tokenizers.ts";
import type { Host } from "../host.ts";
import { importPeer } from "../installed.ts";
import { cannot, tokenizerHost } from "./host.ts";
import { temporaryFile, tokenizerJson, tokenizerJsonFile } from "./tokenizer-json.ts";

interface RustTokenizer {
  encode(text: string, pair: null, options: object): Promise<RustEncoding>;
  setPreTokenizer(preTokenizer: unknown): void;
  train(files: string[]): void;
}

interface RustEncoding {
  getIds(): number[];
  getTokens(): string[];
  getOffsets(): number[][];
}

interface RustLibrary {
  readonly Tokenizer: {
    new (model: unknown): RustTokenizer;
    fromString(json: string): RustTokenizer;
    fromFile(file: string): RustTokenizer;
  };
  readonly BPE: { empty(): unknown };
  byteLevelPreTokenizer(addPrefixSpace: boolean): unknown;
}

/** Hugging Face's library in Rust, as npm has it. It always makes full encodings; names and offsets are copied on request. */
export async function openRustTokenizers(): Promise<Host> {
  const { Tokenizer, BPE, byteLevelPreTokenizer } = await importPeer<RustLibrary>("tokenizers");
  const plain = { addSpecialTokens: false };
  const encodes =
    (tokenizer: RustTokenizer): Encode =>
    async (text) =>
      (await tokenizer.encode(text, null, plain)).getIds();
  const of = (encoding: Parameters<typeof tokenizerJson>[0]): RustTokenizer =>
    Tokenizer.fromString(JSON.stringify(tokenizerJson(encoding)));
  return tokenizerHost("tokenizers", {
    encoder: async (encoding) => encodes(of(encoding)),
    async fullEncoder(encoding) {
      const tokenizer = of(encoding);
      return async (text) => {
        const encoded = await tokenizer.encode(text, null, plain);
        const ids = encoded.getIds();
        const same = encoded.getTokens().length === ids.length && encoded.getOffsets().length === ids.length;
        if (!same) throw new Error("names or offsets are missing");
        return ids;
      };
    },
    async opener(encoding) {
      const file = tokenizerJsonFile(encoding);
      return async () => encodes(Tokenizer.fromFile(file));
    },
    async trainer(text) {
      const file = temporaryFile("text.txt", text);
      return async () => {
        const tokenizer = new Tokenizer(BPE.empty());
        tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
        tokenizer.train([file]); // 30,000 tokens: it takes no options
        return encodes(tokenizer);
      };
    },
  });
}

interface JavaScriptLibrary {
  readonly Tokenizer: new (
    json: object,
    config: object,
  ) => { encode(text: string, options: object): { readonly ids: number[] } };
}

/** Hugging Face's library in JavaScript: what transformers.js encodes with. */
export async function openHuggingFaceTokenizers(): Promise<Host> {
  const module = await importPeer<{ readonly default: JavaScriptLibrary }>("@huggingface/tokenizers");
  const { Tokenizer } = module.default;
  const encodes = (json: object): Encode => {
    const tokenizer = new Tokenizer(json, {});
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  };
  return tokenizerHost("@huggingface/tokenizers", {
    encoder: async (encoding) => encodes(tokenizerJson(encoding)),
    fullEncoder: cannot("@huggingface/tokenizers gives no offsets"),
    async opener(encoding) {
      const file = tokenizerJsonFile(encoding);
      return async () => encodes(JSON.parse(readFileSync(file, "utf8")));
    },
    trainer: cannot("@huggingface/tokenizers trains nothing"),
  });
}
