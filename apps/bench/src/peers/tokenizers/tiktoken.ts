import type { Host } from "../host.ts";
import { importPeer } from "../installed.ts";
import { cannot, tokenizerHost } from "./host.ts";

interface Tiktoken {
  get_encoding(name: string): { encode_ordinary(text: string): Uint32Array };
}

/** OpenAI's own, compiled to WebAssembly. */
export function openTiktoken(): Host {
  return tokenizerHost("tiktoken", {
    async encoder(encoding) {
      const library = await importPeer<Tiktoken>("tiktoken");
      const encoder = library.get_encoding(`${encoding}_base`);
      return (text) => encoder.encode_ordinary(text);
    },
    fullEncoder: cannot("tiktoken gives ids alone"),
    opener: cannot("tiktoken reads no tokenizer.json"),
    trainer: cannot("tiktoken trains nothing"),
  });
}

interface JsTiktoken {
  readonly Tiktoken: new (
    ranks: unknown,
  ) => {
    encode(text: string, allowedSpecial: readonly string[], disallowedSpecial: readonly string[]): number[];
  };
}

/** The same in JavaScript. */
export function openJsTiktoken(): Host {
  return tokenizerHost("js-tiktoken", {
    async encoder(encoding) {
      const { Tiktoken } = await importPeer<JsTiktoken>("js-tiktoken/lite");
      const ranks = await importPeer<{ default: unknown }>(`js-tiktoken/ranks/${encoding}_base`);
      const encoder = new Tiktoken(ranks.default);
      return (text) => encoder.encode(text, [], []);
    },
    fullEncoder: cannot("js-tiktoken gives ids alone"),
    opener: cannot("js-tiktoken reads no tokenizer.json"),
    trainer: cannot("js-tiktoken trains nothing"),
  });
}
