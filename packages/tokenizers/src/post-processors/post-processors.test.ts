import { expect, test } from "vitest";
import type { LayoutItem } from "../pipeline/roles.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { byteLevelJson } from "../testing/small-tokenizers.ts";
import { readPostProcessor } from "./read.ts";

const template = {
  type: "TemplateProcessing",
  single: [{ SpecialToken: { id: "[CLS]", type_id: 2 } }, { Sequence: { id: "A", type_id: 0 } }],
  pair: [
    { Sequence: { id: "B", type_id: 1 } },
    { SpecialToken: { id: "two", type_id: 0 } },
    { Sequence: { id: "A", type_id: 0 } },
  ],
  special_tokens: {
    "[CLS]": { id: "[CLS]", ids: [5], tokens: ["[CLS]"] },
    two: { id: "two", ids: [6, 7], tokens: ["x", "y"] },
  },
};
const bert = { type: "BertProcessing", sep: ["[SEP]", 102], cls: ["[CLS]", 101] };
const roberta = {
  type: "RobertaProcessing",
  sep: ["</s>", 2],
  cls: ["<s>", 0],
  trim_offsets: true,
  add_prefix_space: false,
};
const byteLevel = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };

const written = (items: readonly LayoutItem[]): string =>
  items
    .map((item) => `${item.kind === "special" ? item.token : "AB"[item.sequence]}:${item.typeId}`)
    .join(" ");

test.each([
  [template, "[CLS]:2 A:0", "B:1 x:0 y:0 A:0", "B:1 A:0"],
  [bert, "[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1", "A:0 B:1"],
  [roberta, "<s>:0 A:0 </s>:0", "<s>:0 A:0 </s>:0 </s>:0 B:0 </s>:0", "A:0 B:0"],
  [byteLevel, "A:0", "A:0 B:1", "A:0 B:1"],
  [
    { type: "Sequence", processors: [byteLevel, bert] },
    "[CLS]:0 A:0 [SEP]:0",
    "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1",
    "A:0 B:1",
  ],
])("%j", (json, single, pair, bare) => {
  const processor = readPostProcessor(json);
  expect(written(processor.layout(false, true))).toBe(single);
  expect(written(processor.layout(true, true))).toBe(pair);
  expect(written(processor.layout(true, false))).toBe(bare);
  expect(processor.toJSON()).toEqual(json);
});

test("what does not fit throws by name", () => {
  const without = { ...template, special_tokens: {} };
  expect(() => readPostProcessor(without)).toThrow(
    'post_processor.single: the token "[CLS]" is not in special_tokens',
  );
  expect(() => readPostProcessor({ ...template, pair: template.single })).toThrow(
    'post_processor.pair: needs A and B (got ["A"])',
  );
  expect(() => readPostProcessor({ type: "Sequence", processors: [bert, roberta] })).toThrow(
    "only one of a sequence may add special tokens",
  );
  expect(() => readPostProcessor({ ...bert, sep: ["[SEP]"] })).toThrow(
    "post_processor.sep: not a token with its id",
  );
});

test("a space put in front of an astral character is trimmed by characters", () => {
  const prefixed = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };
  const json = { ...byteLevelJson(), pre_tokenizer: prefixed, post_processor: prefixed };
  const { tokens, offsets } = PipelineTokenizer.fromJSON(json).encode("😀");
  expect(tokens[0]).toBe("Ġ");
  expect(offsets[0]).toEqual([0, 0]);
  expect(offsets.at(-1)).toEqual([0, 2]);
});
