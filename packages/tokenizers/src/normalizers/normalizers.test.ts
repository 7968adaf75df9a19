import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenizerFormatError } from "../errors.ts";
import { literalPattern, regexPattern } from "../regex/text-pattern.ts";
import { aligned, characters } from "../testing/aligned.ts";
import { BertNormalizer } from "./bert.ts";
import { ByteLevelNormalizer } from "./byte-level.ts";
import { Lowercase } from "./lowercase.ts";
import { NFC } from "./nfc.ts";
import { NFD } from "./nfd.ts";
import { NFKC } from "./nfkc.ts";
import { NFKD } from "./nfkd.ts";
import { Nmt } from "./nmt.ts";
import { Prepend } from "./prepend.ts";
import { readNormalizer } from "./read.ts";
import { Replace } from "./replace.ts";
import { NormalizerSequence } from "./sequence.ts";
import { Strip } from "./strip.ts";
import { StripAccents } from "./strip-accents.ts";

/** The ranges are those that Hugging Face's tokenizers 0.23.2 give, in UTF-16 units. */
describe("alignment", () => {
  it("a decomposition stands for its character", () => {
    expect(characters(new NFD().normalize(aligned("éa")))).toEqual([
      ["e", 0, 1],
      ["\u0301", 0, 1],
      ["a", 1, 2],
    ]);
    expect(characters(new NFKC().normalize(aligned("aﬁ")))).toEqual([
      ["a", 0, 1],
      ["f", 1, 2],
      ["i", 1, 2],
    ]);
  });

  it("a composition stands for its first part, marks that stay for theirs", () => {
    expect(characters(new NFC().normalize(aligned("e\u0323\u0301x")))).toEqual([
      ["ẹ", 0, 1],
      ["\u0301", 2, 3],
      ["x", 3, 4],
    ]);
    expect(characters(new NFKC().normalize(aligned("aﬁ\u0301b")))).toEqual([
      ["a", 0, 1],
      ["f", 1, 2],
      ["í", 2, 3],
      ["b", 3, 4],
    ]);
  });

  it("marks that change places take the ranges in order", () => {
    expect(characters(new NFD().normalize(aligned("é\u0323x")))).toEqual([
      ["e", 0, 1],
      ["\u0323", 1, 2],
      ["\u0301", 1, 2],
      ["x", 2, 3],
    ]);
  });

  it("lower case that is longer stands for one character", () => {
    expect(characters(new Lowercase().normalize(aligned("aİΣ")))).toEqual([
      ["a", 0, 1],
      ["i", 1, 2],
      ["\u0307", 1, 2],
      ["σ", 2, 3],
    ]);
  });

  it("what is put in front stands for the first character", () => {
    expect(characters(new Prepend("_x").normalize(aligned("😀b")))).toEqual([
      ["_", 0, 2],
      ["x", 0, 2],
      ["😀", 0, 2],
      ["b", 2, 3],
    ]);
    expect(new Prepend("_").normalize(aligned("")).text).toBe("");
  });

  it("a replacement stands for the last character that it replaces", () => {
    expect(characters(new Replace(literalPattern("he"), "Q").normalize(aligned("hel")))).toEqual([
      ["Q", 1, 2],
      ["l", 2, 3],
    ]);
    expect(characters(new Replace(regexPattern("l*"), "--").normalize(aligned("hl")))).toEqual([
      ["-", 0, 0],
      ["-", 0, 0],
      ["h", 0, 1],
      ["-", 1, 2],
      ["-", 1, 2],
    ]);
    expect(new Replace(regexPattern("(l)(o)"), "$2").normalize(aligned("lo")).text).toBe("$2");
  });

  it("what is left out leaves a gap", () => {
    const text = new NormalizerSequence([new NFD(), new StripAccents(), new Strip()]).normalize(
      aligned("  é "),
    );
    expect(characters(text)).toEqual([["e", 2, 3]]);
    expect(characters(text.slice(0, 1))).toEqual([["e", 2, 3]]);
  });

  it("Chinese characters have their spaces to themselves", () => {
    expect(characters(new BertNormalizer().normalize(aligned("A你")))).toEqual([
      ["a", 0, 1],
      [" ", 1, 2],
      ["你", 1, 2],
      [" ", 1, 2],
    ]);
  });

  it("bytes stand for their character, a lone surrogate has those of U+FFFD", () => {
    expect(characters(new ByteLevelNormalizer().normalize(aligned("é\ud800")))).toEqual([
      ["Ã", 0, 1],
      ["©", 0, 1],
      ["ï", 1, 2],
      ["¿", 1, 2],
      ["½", 1, 2],
    ]);
  });
});

describe("text", () => {
  it.each([
    ["Nmt", new Nmt(), "\u0001a\tb\u200b\0", "a b \0"],
    ["Strip, left", new Strip({ right: false }), "\u3000a ", "a "],
    ["Strip, right", new Strip({ left: false }), " a\u0085", " a"],
    ["StripAccents keeps composed characters", new StripAccents(), "ée\u0301", "ée"],
    ["StripAccents knows marks up to Unicode 9", new StripAccents(), "a\u1cf2\u08d3", "a\u08d3"],
    ["BertNormalizer cleans", new BertNormalizer(), "A\u0000\tB\u200d\ufffd", "a b"],
    ["BertNormalizer, lower case only", new BertNormalizer({ stripAccents: false }), "É", "é"],
    ["BertNormalizer, case kept", new BertNormalizer({ lowercase: false }), "É", "É"],
    ["NFC keeps what came after Unicode 9 apart", new NFD(), "\u{11938}", "\u{11938}"],
  ])("%s", (_name, normalizer, before, after) => {
    expect(normalizer.normalize(aligned(before)).text).toBe(after);
  });

  it("what needs no change is passed on as it is", () => {
    const text = aligned("plain text");
    for (const normalizer of [new NFC(), new NFKD(), new Lowercase(), new Strip(), new BertNormalizer()]) {
      expect(normalizer.normalize(text)).toBe(text);
    }
  });
});

/** Latin, Greek, Hangul and their marks: all older than Unicode 9. */
const text = fc
  .array(
    fc.constantFrom(
      ..."aé1 ﬁẛΐ각㍿",
      "\u0301",
      "\u0323",
      "\u0345",
      "\u1100",
      "\u1161",
      "\u11a8",
      "😀",
      "𝕳",
      "\ud800",
    ),
  )
  .map((parts) => parts.join(""));

describe.each([
  ["NFC", new NFC()],
  ["NFD", new NFD()],
  ["NFKC", new NFKC()],
  ["NFKD", new NFKD()],
])("%s", (form, normalizer) => {
  it("is JavaScript's, and its ranges are characters of the text, in order", () => {
    fc.assert(
      fc.property(text, (text) => {
        const normal = normalizer.normalize(aligned(text));
        expect(normal.text).toBe(text.normalize(form));
        let last = 0;
        for (const [, start, end] of characters(normal)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect([...text.slice(start, end)]).toHaveLength(1);
          last = start;
        }
      }),
    );
  });

  it("takes a million marks in one row", () => {
    const marks = `a${"\u0301\u0323".repeat(1000)}`;
    expect(normalizer.normalize(aligned(`${marks}${" ".repeat(4000)}`)).text.trimEnd()).toBe(
      marks.normalize(form),
    );
    expect(normalizer.normalize(aligned(`a${"\u0301\u0323".repeat(500_000)}`)).text).toMatch(
      /^.\u0323*.?\u0301*$/u,
    );
  });
});

describe("JSON", () => {
  it.each([
    { type: "NFKC" },
    { type: "Strip", strip_left: true, strip_right: false },
    {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: false,
      strip_accents: null,
      lowercase: true,
    },
    { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
    {
      type: "Sequence",
      normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "ByteLevel" }, { type: "Nmt" }],
    },
  ])("goes out as it came in: $type", (json) => {
    expect(readNormalizer(json).toJSON()).toEqual(json);
  });

  it.each([
    [{ type: "NFX" }, 'normalizer: there is no normalizer of type "NFX"'],
    [{ type: "NFC", form: 1 }, 'normalizer: there is no field "form"'],
    [{ type: "Sequence", normalizers: [{ type: "Strip" }] }, "normalizer.normalizers[0].strip_left"],
    [{ type: "Replace", pattern: { Regex: "(" }, content: "" }, "normalizer.pattern: regular expression"],
    [{ type: "Precompiled", precompiled_charsmap: "AAAA" }, "normalizer.precompiled_charsmap: not a table"],
    [{ type: "Precompiled", precompiled_charsmap: "*" }, "normalizer.precompiled_charsmap: not base64"],
  ])("refuses %j", (json, message) => {
    expect(() => readNormalizer(json)).toThrow(TokenizerFormatError);
    expect(() => readNormalizer(json)).toThrow(message);
  });
});
