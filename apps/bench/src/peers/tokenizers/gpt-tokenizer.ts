import type { Host } from "../host.ts";
import { importPeer } from "../installed.ts";
import { cannot, tokenizerHost } from "./host.ts";

interface GptTokenizer {
  encode(text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }): number[];
}

export function openGptTokenizer(): Host {
  const none = { disallowedSpecial: new Set<string>() };
  return tokenizerHost("gpt-tokenizer", {
    async encoder(encoding) {
      const { encode } = await importPeer<GptTokenizer>(`gpt-tokenizer/encoding/${encoding}_base`);
      return (text) => encode(text, none);
    },
    fullEncoder: cannot("gpt-tokenizer gives ids alone"),
    opener: cannot("gpt-tokenizer reads no tokenizer.json"),
    trainer: cannot("gpt-tokenizer trains nothing"),
  });
}
