import { readFileSync } from "node:fs";
import {
  AlignedText,
  loadTokenizer,
  type PaddingOptions,
  type PipelineEncoding,
  PipelineTokenizer,
  readNormalizer,
  type TruncationOptions,
} from "@saccade/tokenizers";
import type { CaseContext, Handler } from "../../context.ts";
import { checkRows, fileOf, type Row, readTable, type Table } from "./table.ts";

/** Everything that a table may hold about an encoding, under the table's names. */
function fieldsOf(encoding: PipelineEncoding): Readonly<Record<string, unknown>> {
  return {
    ids: [...encoding.ids],
    tokens: encoding.tokens,
    offsets: encoding.offsets,
    type_ids: [...encoding.typeIds],
    attention_mask: [...encoding.attentionMask],
    special_tokens_mask: [...encoding.specialTokensMask],
    word_ids: encoding.wordIds.map((word) => word ?? null),
    sequence_ids: encoding.sequenceIds.map((sequence) => sequence ?? null),
    overflowing: encoding.overflowing.map(({ ids }) => [...ids]),
  };
}

/** Those of the fields that the row has. */
function recorded(row: Row, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name in row));
}

async function load(table: Table, ...names: readonly string[]): Promise<PipelineTokenizer> {
  return loadTokenizer(fileOf(table, ...names));
}

/** Encodes and decodes every row, by the tokenizer and by the tokenizer that its `toJSON` describes. */
export function checkTokenizer(
  context: CaseContext,
  rows: readonly Row[],
  tokenizer: PipelineTokenizer,
  { skipSpecialTokens = true, addSpecialTokens = true } = {},
): void {
  const copy = PipelineTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)), tokenizer.config);
  for (const each of [tokenizer, copy]) {
    checkRows(context, rows, (row) => {
      const encoding = each.encode(row.text, { offsets: "codePoint", addSpecialTokens });
      const stream = each.decodeStream({ skipSpecialTokens });
      const streamed = Array.from(encoding.ids, (id) => stream.push(id)).join("") + stream.end();
      const decoded = each.decode(encoding.ids, { skipSpecialTokens });
      if (streamed !== decoded)
        throw new Error(`streams ${JSON.stringify(streamed)}, decodes ${JSON.stringify(decoded)}`);
      return recorded(row, { ...fieldsOf(encoding), decoded });
    });
  }
}

/** The same tokenizer from each of several files or folders, with offsets and decoded texts. */
export function pipelines(files: readonly (readonly string[])[], skipSpecialTokens = true): Handler {
  return async (context) => {
    const table = readTable(context);
    for (const names of files) {
      checkTokenizer(context, table.rows, await load(table, ...names), { skipSpecialTokens });
    }
  };
}

/** Pairs, truncation with overflow, and padding. */
export const bertPairs: Handler = async (context) => {
  const table = readTable(context);
  const tokenizer = await load(table, "data", "tokenizers", "bert-base-uncased", "tokenizer.json");
  checkRows(context, table.rows, (row) => {
    if (Array.isArray(row.batch)) {
      const rows = tokenizer.encodeAll(row.batch as string[], { padding: paddingOf(row) });
      return {
        ids: rows.map(({ ids }) => [...ids]),
        attention_mask: rows.map(({ attentionMask }) => [...attentionMask]),
      };
    }
    const encoding = tokenizer.encode(row.text, {
      offsets: "codePoint",
      truncation: truncationOf(row),
      ...(typeof row.pair === "string" && { pair: row.pair }),
    });
    return recorded(row, fieldsOf(encoding));
  });
};

function truncationOf(row: Row): TruncationOptions | false {
  const json = row.truncation as Readonly<Record<string, unknown>> | undefined;
  if (json === undefined) return false;
  const strategies = {
    longest_first: "longestFirst",
    only_first: "onlyFirst",
    only_second: "onlySecond",
  } as const;
  const name = (json.strategy ?? "longest_first") as keyof typeof strategies;
  return {
    maxLength: json.max_length as number,
    stride: (json.stride as number | undefined) ?? 0,
    strategy: strategies[name],
  };
}

function paddingOf(row: Row): PaddingOptions {
  const json = row.padding as Readonly<Record<string, unknown>>;
  return {
    direction: json.direction as "left" | "right",
    multipleOf: (json.pad_to_multiple_of as number | null) ?? undefined,
    id: json.pad_id as number,
    token: json.pad_token as string,
  };
}

/** BERT's normalizer with each of its options, in front of its vocabulary. */
export const bertNormalizerOptions: Handler = async (context) => {
  const table = readTable(context);
  const path = fileOf(table, "data", "tokenizers", "bert-base-uncased", "tokenizer.json");
  const json = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  const byOptions = new Map<string, PipelineTokenizer>();
  checkRows(context, table.rows, (row) => {
    const key = JSON.stringify(row.options);
    const normalizer = { type: "BertNormalizer", clean_text: true, ...(row.options as object) };
    let tokenizer = byOptions.get(key);
    if (tokenizer === undefined) {
      tokenizer = PipelineTokenizer.fromJSON({ ...json, normalizer, added_tokens: [], post_processor: null });
      byOptions.set(key, tokenizer);
    }
    return {
      normalized: readNormalizer(normalizer).normalize(new AlignedText(row.text)).text,
      ids: [...tokenizer.encode(row.text).ids],
    };
  });
};

/** Tables of transformers.js, which clean decoded texts up; rows that disagree are advisory. */
export function transformersJs(...names: readonly string[]): Handler {
  return async (context) => {
    const table = readTable(context);
    checkTransformersJs(context, table, await load(table, ...names));
  };
}

export function checkTransformersJs(context: CaseContext, table: Table, tokenizer: PipelineTokenizer): void {
  const rows = table.rows.filter(({ agrees }) => agrees === true);
  checkRows(context, rows, (row) => {
    const pair = typeof row.text_pair === "string" ? { pair: row.text_pair } : {};
    const { ids } = tokenizer.encode(row.text, pair);
    const options = { skipSpecialTokens: false, cleanUpTokenizationSpaces: true };
    return { ids: [...ids], decoded: tokenizer.decode(ids, options) };
  });
  const left = table.rows.length - rows.length;
  if (left > 0)
    context.remarks.push(`${left} rows that the recording itself marks as other conventions are left out`);
}
