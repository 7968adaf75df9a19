import { readFileSync } from "node:fs";
import { BpeTrainer, ByteLevelPreTokenizer, PipelineTokenizer, trainTokenizer } from "@saccade/tokenizers";
import type { TokenizerLibrary } from "../../works/tokenizers.ts";
import { tokenizerJson, tokenizerJsonFile } from "./tokenizer-json.ts";

/** This library. */
export const ourTokenizers: TokenizerLibrary = {
  async encoder(encoding) {
    const tokenizer = PipelineTokenizer.fromJSON(tokenizerJson(encoding));
    return (text) => tokenizer.encodeIds(text, { readSpecialTokens: false });
  },
  async fullEncoder(encoding) {
    const tokenizer = PipelineTokenizer.fromJSON(tokenizerJson(encoding));
    return (text) => {
      const { ids, offsets, tokens } = tokenizer.encode(text, { readSpecialTokens: false });
      if (offsets.length !== ids.length || tokens.length !== ids.length)
        throw new Error("offsets are missing");
      return ids;
    };
  },
  async opener(encoding) {
    const file = tokenizerJsonFile(encoding);
    return async () => {
      const tokenizer = PipelineTokenizer.fromJSON(JSON.parse(readFileSync(file, "utf8")));
      return (text) => tokenizer.encodeIds(text);
    };
  },
  async trainer(text) {
    const lines = text.split(/(?<=\n)/);
    return async () => {
      const preTokenizer = new ByteLevelPreTokenizer({ addPrefixSpace: false });
      const trainer = new BpeTrainer({ vocabSize: 30_000 });
      const tokenizer = await trainTokenizer({ preTokenizer }, trainer, lines);
      return (text) => tokenizer.encodeIds(text);
    };
  },
};
