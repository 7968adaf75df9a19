import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { loadTokenizer, type PipelineTokenizer } from "@saccade/tokenizers";
import type { Handler } from "../../context.ts";
import { checkTokenizer, checkTransformersJs } from "./pipelines.ts";
import { fileOf, readTable, type Table } from "./table.ts";

/** How many of the file's merges CLIP uses; what follows is left over from a larger vocabulary. */
const mergeCount = 49152 - 256 - 2;

/** CLIP's tokenizer of its list of merges: the vocabulary is 256 characters for bytes, these at a word's end, the merges. */
async function clipTokenizer(table: Table): Promise<PipelineTokenizer> {
  const path = fileOf(table, "data", "tokenizers", "clip", "bpe_simple_vocab_16e6.txt.gz");
  const lines = gunzipSync(readFileSync(path)).toString("utf8").split("\n");
  const merges = lines.slice(1, mergeCount + 1);
  const characters = byteCharactersInOrder();
  const tokens = [
    ...characters,
    ...characters.map((character) => `${character}</w>`),
    ...merges.map((merge) => merge.replace(" ", "")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  return loadTokenizer({
    "vocab.json": JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id]))),
    "merges.txt": `#version: 0.2\n${merges.join("\n")}\n`,
    "tokenizer_config.json": JSON.stringify({ tokenizer_class: "CLIPTokenizer" }),
  });
}

/** Visible characters first, as the list that CLIP's ids follow has them; the others in the order of their bytes. */
function byteCharactersInOrder(): string[] {
  const isVisible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const hidden = bytes.filter((byte) => !isVisible(byte));
  return [
    ...bytes.filter(isVisible).map((byte) => String.fromCharCode(byte)),
    ...hidden.map((_, i) => String.fromCharCode(0x100 + i)),
  ];
}

/** OpenAI's table: texts that are already cleaned, without the special tokens. */
export const clip: Handler = async (context) => {
  const table = readTable(context);
  const tokenizer = await clipTokenizer(table);
  const rows = table.rows.map((row) => ({ ...row, text: String(row.cleaned) }));
  checkTokenizer(context, rows, tokenizer, { addSpecialTokens: false, skipSpecialTokens: false });
};

/** The table of transformers.js. */
export const clipTransformersJs: Handler = async (context) => {
  const table = readTable(context);
  checkTransformersJs(context, table, await clipTokenizer(table));
};
