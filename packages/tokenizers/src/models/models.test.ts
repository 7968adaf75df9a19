import { describe, expect, it } from "vitest";
import { TokenizerFormatError, UnknownTextError } from "../errors.ts";
import type { Model } from "../pipeline/roles.ts";
import { TokenSink } from "../pipeline/token-sink.ts";
import { PairTable } from "./pair-table.ts";
import { readModel } from "./read.ts";
import { UnigramModel } from "./unigram/unigram-model.ts";
import { WordLevelModel } from "./wordlevel/word-level-model.ts";
import { WordPieceModel } from "./wordpiece/word-piece-model.ts";

function run(model: Model, piece: string, base = 0): [string, number, number][] {
  const sink = new TokenSink(1);
  model.tokenize(piece, sink, base);
  return Array.from({ length: sink.length }, (_, i) => [
    sink.texts?.get(i) ?? model.idToToken(sink.ids[i])!,
    sink.starts[i],
    sink.ends[i],
  ]);
}

function tokens(model: Model, piece: string): string {
  return run(model, piece)
    .map(([token]) => token)
    .join(" ");
}

describe("WordPieceModel", () => {
  const vocab = { "[UNK]": 0, un: 1, "##aff": 2, "##able": 3, "##a": 4, "##😀": 5 };
  const model = new WordPieceModel({ vocab });

  it("takes the longest token each time", () => {
    expect(run(model, "unaffable", 5)).toEqual([
      ["un", 5, 7],
      ["##aff", 7, 10],
      ["##able", 10, 14],
    ]);
    expect(run(model, "una😀", 0).at(-1)).toEqual(["##😀", 3, 5]);
  });

  it("gives up on the whole word", () => {
    expect(run(model, "unaffx", 3)).toEqual([["[UNK]", 3, 9]]);
    expect(run(model, "unaffx", 4)).toEqual([["[UNK]", 4, 10]]);
    const short = new WordPieceModel({ vocab, maxInputCharsPerWord: 4 });
    expect(tokens(short, "una😀")).toBe("un ##a ##😀"); // characters, not units
    expect(tokens(short, "unaaa")).toBe("[UNK]");
    expect(() => tokens(new WordPieceModel({ vocab, unkToken: "?" }), "x")).toThrow(UnknownTextError);
  });

  it("stays linear where words may be long", () => {
    const long = new WordPieceModel({ vocab, maxInputCharsPerWord: 1e9 });
    expect(run(long, `un${"a".repeat(1e5)}`).length).toBe(1e5 + 1);
  });

  it("is JSON and back", () => {
    const json = { ...model.toJSON(), max_input_chars_per_word: 7 };
    expect(readModel(json).toJSON()).toEqual(json);
    expect(() => new WordPieceModel({ vocab, maxInputCharsPerWord: -1 })).toThrow(TokenizerFormatError);
  });
});

describe("WordLevelModel", () => {
  it("knows words or does not", () => {
    const model = new WordLevelModel({ vocab: { "<unk>": 0, hello: 1 } });
    expect(run(model, "hello", 2)).toEqual([["hello", 2, 7]]);
    expect(run(model, "world", 2)).toEqual([["<unk>", 2, 7]]);
    expect(readModel(model.toJSON()).toJSON()).toEqual(model.toJSON());
    const without = new WordLevelModel({ vocab: { hello: 1 } });
    expect(() => run(without, "world")).toThrow(UnknownTextError);
  });
});

describe("UnigramModel", () => {
  const vocab = [
    ["<unk>", 0],
    ["a", -2],
    ["b", -2],
    ["ab", -3],
    ["bb", -5],
    ["<0xC3>", -9],
    ["<0xA9>", -9],
  ] as const;
  const model = new UnigramModel({ vocab, unkId: 0 });

  it("finds the best segmentation", () => {
    expect(run(model, "abb", 7)).toEqual([
      ["ab", 7, 9],
      ["b", 9, 10],
    ]);
    expect(tokens(model, "<unk>b")).toBe("<unk> b"); // an unknown token that is spelled out matches
  });

  it("fuses unknown characters and calls them by their text", () => {
    expect(run(model, "aé😀b")).toEqual([
      ["a", 0, 1],
      ["é😀", 1, 4],
      ["b", 4, 5],
    ]);
    expect(() => run(new UnigramModel({ vocab }), "é")).toThrow(UnknownTextError);
  });

  it("falls back to bytes", () => {
    const bytes = new UnigramModel({ vocab, unkId: 0, byteFallback: true });
    expect(run(bytes, "aé")).toEqual([
      ["a", 0, 1],
      ["<0xC3>", 1, 2],
      ["<0xA9>", 1, 2],
    ]);
    expect(tokens(bytes, "😀")).toBe("😀");
  });

  it("leaves excluded tokens out", () => {
    const without = new UnigramModel({ vocab, unkId: 0, excluded: [3] });
    expect(tokens(without, "ab")).toBe("a b");
    expect(() => without.toJSON()).toThrow("no field for the option excluded");
  });

  it("lists the best segmentations", () => {
    const names = model
      .nBest("abb", 9)
      .map(({ ids, score }) => [ids.map((id) => vocab[id][0]).join(" "), score]);
    expect(names).toEqual([
      ["ab b", -5],
      ["a b b", -6],
      ["a bb", -7],
    ]);
    expect(model.nBest("abb", 2).length).toBe(2);
  });

  it.each([undefined, 3])("samples in proportion to exp(alpha * score), nbest %s", (nbest) => {
    const alpha = 0.7;
    const sampled = model.sampled(42, nbest === undefined ? { alpha } : { alpha, nbest });
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const text = tokens(sampled, "abb");
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    const weights = [-5, -6, -7].map((score) => Math.exp(alpha * score));
    const sum = weights.reduce((a, b) => a + b);
    ["ab b", "a b b", "a bb"].forEach((text, i) => {
      expect(counts.get(text)! / 20_000).toBeCloseTo(weights[i] / sum, 1.7);
    });
  });

  it("samples the same with the same key", () => {
    const draw = (key: number) => {
      const sampled = model.sampled(key, { alpha: 0 });
      return Array.from({ length: 30 }, () => tokens(sampled, "abbab"));
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(() => model.sampled(1, { alpha: -1 })).toThrow("alpha is not");
    expect(() => model.sampled(1, { nbest: 0 })).toThrow("nbest is not");
    expect(() => model.sampled(1, { dropout: 0.1 })).toThrow("there is no option");
  });

  it("reads and writes JSON, and refuses what is none", () => {
    expect(readModel(model.toJSON()).toJSON()).toEqual(model.toJSON());
    const wrong = [{ vocab: [["a"]] }, { vocab: [["a", null]] }, { vocab: [7] }, { vocab: [], unk_id: 0 }];
    for (const change of wrong) {
      expect(() => readModel({ type: "Unigram", ...change })).toThrow(TokenizerFormatError);
    }
  });

  it("takes a long piece in bounded time", () => {
    expect(run(model, "ab".repeat(5e5)).length).toBe(5e5);
    expect(run(model, "é".repeat(1e6))).toEqual([["é".repeat(1e6), 0, 1e6]]);
  });
});

describe("readModel", () => {
  it("tells models without a type apart", () => {
    expect(readModel({ vocab: { a: 0 }, merges: [] }).toJSON().type).toBe("BPE");
    expect(readModel({ vocab: [["a", 0]] }).toJSON().type).toBe("Unigram");
    expect(readModel({ vocab: { a: 0 }, max_input_chars_per_word: 9 }).toJSON().type).toBe("WordPiece");
    expect(readModel({ vocab: { a: 0 } }).toJSON().type).toBe("WordLevel");
    expect(() => readModel({ type: "Surprise" })).toThrow("BPE, WordPiece, Unigram, WordLevel");
  });
});

describe("PairTable", () => {
  it("is a map of pairs", () => {
    const table = new PairTable();
    const expected = new Map<string, number>();
    for (let i = 0; i < 5000; i++) {
      const [left, right] = [(i * 7919) % 97, (i * 104729) % 89];
      table.set(left, right, i);
      expected.set(`${left},${right}`, i);
    }
    expect(table.size).toBe(expected.size);
    for (let left = 0; left < 97; left++) {
      for (let right = 0; right < 89; right++) {
        expect(table.get(left, right)).toBe(expected.get(`${left},${right}`) ?? -1);
      }
    }
  });
});
