import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ComponentJson } from "../pipeline/roles.ts";
import { decodeTokens } from "./chain.ts";
import { readDecoder } from "./read.ts";
import { decodeStage } from "./text-stage.ts";

const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
const byteLevel = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };
const llama = {
  type: "Sequence",
  decoders: [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    { type: "Strip", content: " ", start: 1, stop: 0 },
  ],
};

const cases: readonly (readonly [ComponentJson, readonly string[], string])[] = [
  [byteLevel, ["Hello", "Ġworld", "!"], "Hello world!"],
  [byteLevel, ["Ã", "©", "Ġ", "ï¿½"], "é \uFFFD"],
  [byteLevel, ["Ã", "x"], "\uFFFDx"],
  [byteLevel, ["a", "<é漢>"], "a<é漢>"], // 漢 stands for no byte: the token is text
  [byteLevel, ["ï»¿", "a"], "\uFEFFa"],
  [
    { type: "WordPiece", prefix: "##", cleanup: true },
    ["##un", "##want", "ed", ",", "run", "##ning"],
    "##unwant ed, running",
  ],
  [{ type: "WordPiece", prefix: "##", cleanup: false }, ["a", "."], "a ."],
  [{ type: "WordPiece", prefix: "##", cleanup: true }, ["it", "'s", "do not"], "it's don't"],
  [{ type: "BPEDecoder", suffix: "</w>" }, ["lo", "w</w>", "er</w>"], "low er"],
  [{ type: "BPEDecoder", suffix: "</w>" }, [], ""],
  [{ type: "ByteFallback" }, ["a", "<0xE2>", "<0x82>", "<0xAC>", "b"], "a€b"],
  [{ type: "ByteFallback" }, ["<0xE2>", "<0x82>", "b", "<0x4a>"], "\uFFFD\uFFFDbJ"],
  [{ type: "ByteFallback" }, ["<0x41>", "<0xFF>"], "\uFFFD\uFFFD"], // the run as a whole is no UTF-8
  [{ type: "Fuse" }, ["a", "b"], "ab"],
  [{ type: "Strip", content: "x", start: 1, stop: 2 }, ["xxaxxx", "xx", "x", ""], "xax"],
  [metaspace, ["▁Hey", "▁you", "▁▁"], "Hey you  "],
  [{ ...metaspace, prepend_scheme: "never" }, ["▁Hey"], " Hey"],
  [
    { type: "CTC", pad_token: "<pad>", word_delimiter_token: "|", cleanup: true },
    ["<pad>", "h", "h", "e", "l", "<pad>", "l", "o", "|", "|", "w"],
    "hello w",
  ],
  [llama, ["▁a", "▁", "<0xF0>", "<0x9F>", "<0x98>", "<0xBA>", "b"], "a 😺b"],
  [llama, ["<0x20>", "a"], "a"],
  [
    {
      type: "Sequence",
      decoders: [byteLevel, { type: "Replace", pattern: { String: "</w>" }, content: " " }],
    },
    ["lo", "w</w>", "er</w>"],
    "low er ",
  ],
  [{ type: "Sequence", decoders: [{ type: "Fuse" }, metaspace] }, ["▁a", "▁b"], "ab"],
];

test.each(cases)("%j makes of %j: %j", (json, tokens, text) => {
  const decoder = readDecoder(json);
  expect(decodeTokens(decoder, tokens).join("")).toBe(text);
  expect(decoder.toJSON()).toEqual(json);
});

test("what is not known throws by name", () => {
  expect(() => readDecoder({ type: "Nope" })).toThrow('there is no decoder of type "Nope"');
  expect(() => readDecoder({ type: "Fuse", glue: "" })).toThrow('decoder: there is no field "glue"');
  expect(() => readDecoder({ type: "Sequence", decoders: [{ type: "Strip", content: "ab" }] })).toThrow(
    'decoder.decoders[0].content: not one character (got "ab")',
  );
});

describe("clean-up", () => {
  const cleaned = (chunks: readonly string[]): string => {
    let out = "";
    const stage = decodeStage(
      { fuses: true, start: (emit) => ({ push: emit, end: () => {} }), toJSON: () => ({ type: "" }) },
      true,
      (text) => {
        out += text;
      },
    );
    for (const chunk of chunks) stage.push(chunk);
    stage.end();
    return out;
  };
  const reference = (text: string): string =>
    text
      .replaceAll(" .", ".")
      .replaceAll(" ?", "?")
      .replaceAll(" !", "!")
      .replaceAll(" ,", ",")
      .replaceAll(" ' ", "'")
      .replaceAll(" n't", "n't")
      .replaceAll(" 'm", "'m")
      .replaceAll(" 's", "'s")
      .replaceAll(" 've", "'ve")
      .replaceAll(" 're", "'re");

  test("in chunks as in one", () => {
    const chunk = fc.string({ unit: fc.constantFrom(" ", "'", "n", "t", ".", ",", "s", "v", "e", "m", "a") });
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        expect(cleaned(chunks)).toBe(reference(chunks.join("")));
      }),
    );
  });
});

test("without a decoder tokens are joined with spaces", () => {
  let out = "";
  const stage = decodeStage(undefined, false, (text) => {
    out += text;
  });
  for (const token of ["a", "b"]) stage.push(token);
  stage.end();
  expect(out).toBe("a b");
});
