import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WordLevelModel } from "../models/wordlevel/word-level-model.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { AddedToken } from "./added-token.ts";
import { AddedVocabulary } from "./added-vocabulary.ts";
import { TextTrie } from "./text-trie.ts";

const model = new WordLevelModel({ vocab: { a: 0, "<s>": 1 }, unkToken: "<s>" });
const lower = {
  normalize: (text: AlignedText) => new AlignedText(text.text.toLowerCase()),
  toJSON: () => ({ type: "Lowercase" }),
};

function found(text: string, tokens: readonly AddedToken[], special = true): string[] {
  const added = new AddedVocabulary(tokens, model, undefined);
  return [...added.findRaw(text, special), ...added.findNormalized(text, special)].map(
    ({ token, start, end }) => `${token.id}:${JSON.stringify(text.slice(start, end))}@${start}`,
  );
}

describe("TextTrie", () => {
  function leftmostLongest(texts: readonly string[], text: string): string[] {
    const out: string[] = [];
    for (let at = 0; at < text.length; ) {
      const here = texts.filter((each) => text.startsWith(each, at)).sort((a, b) => b.length - a.length)[0];
      if (here !== undefined) out.push(`${here}@${at}`);
      at += here?.length ?? 1;
    }
    return out;
  }

  test("finds the leftmost, of those the longest", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "e", "f"), maxLength: 60 });
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "e", "f"), minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(texts, text, (set, inText) => {
        const matches: string[] = [];
        new TextTrie(set).forEachMatch(inText, (index, start, end) => {
          expect(set.indexOf(set[index]!)).toBe(index); // of equal ones the first
          expect(inText.slice(start, end)).toBe(set[index]);
          matches.push(`${set[index]}@${start}`);
        });
        expect(matches).toEqual(leftmostLongest(set, inText));
      }),
    );
  });
});

describe("flags", () => {
  test("lstrip and rstrip take white space, not what a match before took", () => {
    const mask = { content: "<m>", lstrip: true, rstrip: true };
    expect(found("a \t<m> <m>  b", [mask])).toEqual(['2:" \\t<m> "@1', '2:"<m>  "@7']);
  });

  test("single words touch no letters, digits or marks", () => {
    const token = { content: "ab", singleWord: true };
    expect(found("ab xab ab_ é-ab ab\u0301 \u{1d54f}ab ab", [token])).toEqual([
      '2:"ab"@0',
      '2:"ab"@13',
      '2:"ab"@25',
    ]);
  });

  test("special tokens are text where they are not wanted", () => {
    const tokens = [{ content: "<s>", special: true }, { content: "<t>" }];
    expect(found("<s><t>", tokens)).toEqual(['1:"<s>"@0', '2:"<t>"@3']);
    expect(found("<s><t>", tokens, false)).toEqual(['2:"<t>"@3']);
  });

  test("a normalized token is looked for normalized in the normalized text", () => {
    const added = new AddedVocabulary(
      [{ content: "HeY" }, { content: "RAW", normalized: false }],
      model,
      lower,
    );
    expect(added.findRaw("hey RAW raw", true).map(({ start }) => start)).toEqual([4]);
    expect(added.findNormalized("hey raw", true).map(({ token }) => token.content)).toEqual(["HeY"]);
  });
});

describe("ids", () => {
  test("are the model's, then as given, then the next", () => {
    const added = new AddedVocabulary(
      [{ content: "<s>" }, { content: "x", id: 9 }, { content: "y" }, { content: "" }],
      model,
      undefined,
    );
    expect(added.tokens.map(({ id, content }) => [id, content])).toEqual([
      [1, "<s>"],
      [9, "x"],
      [10, "y"],
    ]);
    expect(added.idEnd).toBe(11);
  });

  test("that contradict each other throw", () => {
    const make =
      (...tokens: AddedToken[]) =>
      () =>
        new AddedVocabulary(tokens, model, undefined);
    expect(make({ content: "<s>", id: 5 })).toThrow('added_tokens[0]: "<s>" has id 1 already (got id 5)');
    expect(make({ content: "b", id: 0 })).toThrow('added_tokens[0]: id 0 of "b" is the id of "a"');
    expect(make({ content: "b", id: 7 }, { content: "c", id: 7 })).toThrow('id 7 of "c" is the id of "b"');
    expect(make({ content: "b", id: 7 }, { content: "b", id: 8 })).toThrow('"b" has id 7 already (got id 8)');
  });
});

test("a long line of what begins tokens takes little time", () => {
  const text = "<".repeat(1_000_000);
  const started = performance.now();
  expect(found(text, [{ content: "<s>" }, { content: "<|end|>" }, { content: "<m>", lstrip: true }])).toEqual(
    [],
  );
  expect(found(" ".repeat(200_000) + "<m>".repeat(5), [{ content: "<m>", lstrip: true }])).toHaveLength(5);
  expect(performance.now() - started).toBeLessThan(2000);
});
