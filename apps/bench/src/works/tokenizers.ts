import { basename } from "node:path";
import { ourTokenizers } from "../peers/tokenizers/saccade.ts";
import { textBytes, textNames, textOf } from "../texts/text.ts";
import type { Prepared, Work, WorkConfig } from "./work.ts";

const encodings = ["r50k", "cl100k", "o200k"] as const;
export type EncodingName = (typeof encodings)[number];

export type Ids = ArrayLike<number>;
/** A text to its ids; special tokens are text. */
export type Encode = (text: string) => Ids | Promise<Ids>;

/** What a library of tokenizers can do. What it cannot throws, with the reason. */
export interface TokenizerLibrary {
  encoder(encoding: EncodingName): Promise<Encode>;
  /** Gives the tokens' names and offsets as well. */
  fullEncoder(encoding: EncodingName): Promise<Encode>;
  /** Opens a tokenizer.json, which is written beforehand: a function that opens it anew at every call. */
  opener(encoding: EncodingName): Promise<() => Promise<Encode>>;
  /** Learns a byte-level BPE of 30,000 tokens from a text: a function that does it anew at every call. */
  trainer(text: string): Promise<() => Promise<Encode>>;
}

const tasks = ["encode", "full", "open", "train"] as const;
type Task = (typeof tasks)[number];

/** What an opened tokenizer encodes, so that nothing is put off. */
const short = "Attention is all you need; the 2nd try didn't work.";

/** Byte-pair encoding with the ranks of OpenAI's models: of a whole text in one call, with warm caches. */
export const tokenizers: Work = {
  name: "tokenizers",
  unit: "MB/s",
  rivals: ["gpt-tokenizer", "tiktoken", "js-tiktoken", "tokenizers-rust", "@huggingface/tokenizers"],
  single: true,
  configs: configsOf(textNames),
  prepare: (_, __, variant) => tokenizes(variant, ourTokenizers),
};

/**
 * The work on a text of a user's in the place of those that are made here.
 *
 * @throws Error where there is no such file
 */
export function tokenizersOf(file: string): Work {
  return { ...tokenizers, configs: configsOf([file]) };
}

function configsOf(texts: readonly string[]): WorkConfig[] {
  const config = (name: string, task: Task, encoding: EncodingName, source: string): WorkConfig => ({
    name,
    parameters: {},
    variant: [task, encoding, source].join(" "),
    amount: textBytes(source) / 1e6,
  });
  return [
    ...texts.flatMap((source) =>
      encodings.map((it) => config(`${it}, ${basename(source)}`, "encode", it, source)),
    ),
    ...texts.map((source) =>
      config(`cl100k, ${basename(source)}, names and offsets`, "full", "cl100k", source),
    ),
    { ...config("open a tokenizer.json of r50k", "open", "r50k", texts[0]), unit: "ms", amount: 1 },
    config(`train 30000 tokens, ${basename(texts[0])}`, "train", "r50k", texts[0]),
  ];
}

/** The work in a library. Ids have to be the same everywhere, but for those of trained tokenizers: there, their number. */
export async function tokenizes(variant = "", library: TokenizerLibrary): Promise<Prepared> {
  const [, task, encoding, source] = /^(\S+) (\S+) (.*)$/s.exec(variant) ?? [];
  const [name, text] = [encoding as EncodingName, textOf(source)];
  switch (task as Task) {
    case "encode":
      return encodes(await library.encoder(name), text);
    case "full":
      return encodes(await library.fullEncoder(name), text);
    case "open": {
      const open = await library.opener(name);
      return {
        call: async () => void (await (await open())(short)),
        check: async () => digestOf(await (await open())(short)),
      };
    }
    case "train": {
      const train = await library.trainer(text);
      return {
        call: async () => void (await train()),
        check: async () => (await (await train())(text)).length,
      };
    }
  }
}

function encodes(encode: Encode, text: string): Prepared {
  return {
    async call() {
      const done = encode(text);
      if (done instanceof Promise) await done;
    },
    check: async () => digestOf(await encode(text)),
  };
}

/** How many ids, and a hash of them (FNV-1a of 32 bits). */
function digestOf(ids: Ids): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < ids.length; i++) hash = Math.imul(hash ^ ids[i], 0x01000193);
  return `${ids.length} ids, hash ${(hash >>> 0).toString(16)}`;
}
