import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenizerError } from "../errors.ts";
import type { Trainer } from "../pipeline/trainer.ts";
import { BpeTrainer } from "./bpe-trainer.ts";
import { compareCodePoints } from "./code-point-order.ts";
import { UnigramTrainer } from "./unigram-trainer.ts";
import { WordLevelTrainer } from "./word-level-trainer.ts";
import { WordPieceTrainer } from "./word-piece-trainer.ts";

/** Computed with Hugging Face's tokenizers 0.23.2 on the same words (its trainers, from Python). */
const counts = "hug:10 pug:5 pun:12 bun:4 hugs:5 unhug:3 punpun:2 ééé:2 aaaa:3 aaaaa:1";
const words = new Map(counts.split(" ").map((entry) => [entry.split(":")[0], Number(entry.split(":")[1])]));

function train<T extends Trainer>(trainer: T, from: ReadonlyMap<string, number> = words) {
  const steps = trainer.train(from);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value as ReturnType<T["train"]> extends Generator<unknown, infer M> ? M : never;
}

const tokens = (model: { vocabulary(): Iterable<readonly [string, number]> }): string[] =>
  [...model.vocabulary()].sort(([, a], [, b]) => a - b).map(([token]) => token);

describe("BpeTrainer", () => {
  test("alphabet, then merges, the most frequent first", () => {
    const model = train(new BpeTrainer({ vocabSize: 18, specialTokens: ["<s>"] }));
    expect(tokens(model).join(" ")).toBe("<s> a b g h n p s u é ug un hug pun aa pug hugs bun");
    expect(model.toJSON().merges).toEqual(
      ["u g", "u n", "h ug", "p un", "a a", "p ug", "hug s", "b un"].map((merge) => merge.split(" ")),
    );
  });

  test.each([
    ["all merges", { vocabSize: 40 }, "ug un hug pun aa pug hugs bun éé aaaa unhug punpun ééé aaaaa"],
    ["minFrequency", { minFrequency: 12 }, "ug un hug pun aa"],
    ["maxTokenLength", { maxTokenLength: 3 }, "ug un aa éé"],
  ])("%s", (_, options, expected) => {
    expect(tokens(train(new BpeTrainer(options))).join(" ")).toBe(`a b g h n p s u é ${expected}`);
  });

  test("limitAlphabet keeps the most frequent characters and those that are asked for", () => {
    const model = train(new BpeTrainer({ vocabSize: 4, limitAlphabet: 4, initialAlphabet: ["z"] }));
    expect(tokens(model)).toEqual(["g", "n", "u", "z"]);
  });

  test("prefix and suffix: their characters follow the alphabet, by code point", () => {
    const options = { vocabSize: 24, continuingSubwordPrefix: "##", endOfWordSuffix: "</w>" };
    const from = new Map([
      ["ab", 3],
      ["aab", 1],
    ]);
    const model = train(new BpeTrainer(options), from);
    expect(tokens(model)).toEqual(["a", "b", "##a", "##b</w>", "ab</w>", "aa", "aab</w>"]);
    expect(model.options).toMatchObject({ continuingSubwordPrefix: "##", endOfWordSuffix: "</w>" });
  });

  test("without a limit every word becomes a token", () => {
    const word = fc.stringMatching(/^[abc]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (list) => {
        const model = train(
          new BpeTrainer({ vocabSize: 1000 }),
          new Map(list.map((each, i) => [each, i + 1])),
        );
        for (const each of list) expect(model.tokenToId(each)).toBeDefined();
      }),
    );
  });

  test("one word of a million characters takes no longer than its merges", () => {
    const model = train(new BpeTrainer({ vocabSize: 40 }), new Map([["abcd".repeat(250_000), 1]]));
    expect(tokens(model)).toContain("abcd".repeat(8));
  });

  test("options", () => {
    expect(() => new BpeTrainer({ vocabSize: 0 })).toThrow(
      "vocabSize must be a whole number, 1 or more (got 0)",
    );
    expect(() => new BpeTrainer({ initialAlphabet: ["ab"] })).toThrow(TokenizerError);
    expect(() => new BpeTrainer({ specialTokens: ["a", "a"] })).toThrow('is given twice (got "a")');
    // @ts-expect-error there is no such option
    expect(() => new BpeTrainer({ vocabularySize: 5 })).toThrow("there is no option");
  });
});

test("WordPieceTrainer", () => {
  const model = train(new WordPieceTrainer({ vocabSize: 34, specialTokens: ["[UNK]"] }));
  const alphabet = "[UNK] a b g h n p s u é";
  const inner = "##a ##g ##h ##n ##p ##s ##u ##é";
  const merged = "##ug ##un hug pun ##aa pug hugs aaa bun un ##hug aaaa unhug éé ##pun punpun";
  expect(tokens(model).join(" ")).toBe(`${alphabet} ${inner} ${merged}`);
});

test("WordLevelTrainer", () => {
  const options = { vocabSize: 8, minFrequency: 2, specialTokens: ["<unk>"] };
  const model = train(new WordLevelTrainer(options));
  expect(tokens(model).join(" ")).toBe("<unk> pun hug hugs pug bun aaaa unhug");
});

describe("UnigramTrainer", () => {
  test("pieces and scores", () => {
    const model = train(new UnigramTrainer({ vocabSize: 16, specialTokens: ["<s>"], unkToken: "<unk>" }));
    const expected = [
      ["<unk>", 0],
      ["<s>", 0],
      ["hug", -1.3662417901619612],
      ["pun", -1.5186441361676764],
      ["un", -2.324613784509155],
      ["s", -2.720024577436032],
      ["b", -2.970024577436032],
      ["aaaa", -3.0120509132118367],
      ["p", -3.22990931730616],
      ["ug", -3.431137536041663],
      ["g", -3.601143864353806],
      ["é", -3.7757546444595276],
      ["h", -5.009166705170909],
      ["n", -5.009266705170909], // characters that the training dropped: in the order of their code points
      ["u", -5.009366705170909],
      ["a", -5.009366705170909],
    ] as const;
    const found = new Map(model.options.vocab);
    for (const [token, score] of expected) {
      expect(found.get(token), token).toBeCloseTo(score, "hnu".includes(token) ? 3 : 9);
    }
    expect(found.size).toBe(expected.length);
    expect(model.options.unkId).toBe(0);
  });

  test("all characters have a token, and no more than there is room for", () => {
    const word = fc.stringMatching(/^[a-e漢😀]{1,9}$/u);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (list) => {
        const model = train(new UnigramTrainer({ vocabSize: 12 }), new Map(list.map((each) => [each, 2])));
        for (const char of new Set(list.join(""))) expect(model.tokenToId(char)).toBeDefined();
        expect(model.vocabSize).toBeLessThanOrEqual(12);
      }),
    );
  });

  test("more characters than tokens", () => {
    const trainer = new UnigramTrainer({ vocabSize: 3 });
    expect(() => train(trainer)).toThrow("has no room for 9 characters and 0 other tokens");
  });

  test("no words", () => {
    expect(train(new UnigramTrainer({ specialTokens: ["<s>"] }), new Map()).vocabSize).toBe(1);
  });
});

test("compareCodePoints orders as UTF-8 does", () => {
  const char = fc.oneof(
    fc.constantFrom("\uFFFD", "\uE000", "😀", "\u{10FFFF}", "a"),
    fc.string({ unit: "binary" }),
  );
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  fc.assert(
    fc.property(fc.array(char), fc.array(char), (a, b) => {
      const [left, right] = [a.join("").toWellFormed(), b.join("").toWellFormed()];
      expect(Math.sign(compareCodePoints(left, right))).toBe(compareBytes(bytes(left), bytes(right)));
    }),
  );
});

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return Math.sign(a[i] - b[i]);
  return Math.sign(a.length - b.length);
}
