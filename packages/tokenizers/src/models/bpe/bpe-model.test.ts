import { describe, expect, it } from "vitest";
import { TokenizerError, TokenizerFormatError, UnknownTextError } from "../../errors.ts";
import type { Model } from "../../pipeline/roles.ts";
import { TokenSink } from "../../pipeline/token-sink.ts";
import { BpeModel, type BpeOptions } from "./bpe-model.ts";

function run(model: Model, piece: string, base = 0): [string, number, number][] {
  const sink = new TokenSink(1);
  model.tokenize(piece, sink, base);
  return Array.from({ length: sink.length }, (_, i) => [
    model.idToToken(sink.ids[i])!,
    sink.starts[i],
    sink.ends[i],
  ]);
}

function tokens(model: Model, piece: string): string {
  return run(model, piece)
    .map(([token]) => token)
    .join(" ");
}

const vocab = { "<unk>": 0, l: 1, o: 2, w: 3, e: 4, r: 5, lo: 6, low: 7, er: 8, ow: 9 };
const merges: BpeOptions["merges"] = [
  ["l", "o"],
  ["o", "w"],
  ["lo", "w"],
  ["e", "r"],
];

describe("BpeModel", () => {
  it("merges by rank, and gives spans", () => {
    const model = new BpeModel({ vocab, merges });
    expect(run(model, "lower", 10)).toEqual([
      ["low", 10, 13],
      ["er", 13, 15],
    ]);
    expect(run(model, "lower", 20)).toEqual([
      ["low", 20, 23],
      ["er", 23, 25],
    ]); // from the cache
    expect(run(model, "")).toEqual([]);
  });

  it("prefers the leftmost of equal pairs", () => {
    const model = new BpeModel({ vocab: { a: 0, aa: 1 }, merges: ["a a"] });
    expect(tokens(model, "aaaaa")).toBe("aa aa a");
  });

  it("has an unknown token, fused on request; without one it leaves unknown characters out", () => {
    const unknown = { vocab, merges, unkToken: "<unk>" };
    expect(run(new BpeModel(unknown), "lo😀éw")).toEqual([
      ["lo", 0, 2],
      ["<unk>", 2, 4],
      ["<unk>", 4, 5],
      ["w", 5, 6],
    ]);
    expect(run(new BpeModel({ ...unknown, fuseUnk: true }), "lo😀éw")[1]).toEqual(["<unk>", 2, 5]);
    expect(run(new BpeModel({ vocab, merges }), "l😀or")).toEqual([
      ["lo", 0, 4],
      ["r", 4, 5],
    ]);
    expect(() => run(new BpeModel({ ...unknown, unkToken: "[UNK]" }), "x")).toThrow(UnknownTextError);
  });

  it("falls back to bytes", () => {
    const bytes = Object.fromEntries(
      [0xc3, 0xa9, 0xef, 0xbf, 0xbd].map((byte, i) => [`<0x${byte.toString(16).toUpperCase()}>`, 10 + i]),
    );
    const model = new BpeModel({
      vocab: { ...vocab, ...bytes },
      merges,
      unkToken: "<unk>",
      byteFallback: true,
    });
    expect(run(model, "oé")).toEqual([
      ["o", 0, 1],
      ["<0xC3>", 1, 2],
      ["<0xA9>", 1, 2],
    ]);
    expect(tokens(model, "ö")).toBe("<unk>"); // <0xB6> is not there
    expect(tokens(model, "\ud800")).toBe("<0xEF> <0xBF> <0xBD>");
  });

  it("has prefixes inside of words and a suffix at their end", () => {
    const model = new BpeModel({
      vocab: { a: 0, "##b": 1, "##c</w>": 2, ab: 3, "abc</w>": 4, "a</w>": 5 },
      merges: [
        ["a", "##b"],
        ["ab", "##c</w>"],
      ],
      continuingSubwordPrefix: "##",
      endOfWordSuffix: "</w>",
    });
    expect(tokens(model, "abc")).toBe("abc</w>");
    expect(tokens(model, "a")).toBe("a</w>");
  });

  it("takes whole words as they are with ignoreMerges", () => {
    const options = { vocab: { ...vocab, lower: 10 }, merges };
    expect(tokens(new BpeModel(options), "lower")).toBe("low er");
    expect(tokens(new BpeModel({ ...options, ignoreMerges: true }), "lower")).toBe("lower");
  });

  it("merges an overtaken candidate at its old rank if the product is the same", () => {
    // "abc" comes from a+bc (rank 1) and from ab+c (rank 3): after a+b, the candidate of rank 1 still counts.
    const model = new BpeModel({
      vocab: { a: 0, b: 1, c: 2, d: 3, bc: 4, abc: 5, ab: 6, cd: 7 },
      merges: ["a b", "a bc", "c d", "ab c", "b c"],
    });
    expect(tokens(model, "abcd")).toBe("ab cd");
    const older = new BpeModel({
      vocab: { a: 0, b: 1, c: 2, d: 3, bc: 4, abc: 5, ab: 6, cd: 7 },
      merges: ["b c", "a b", "a bc", "c d", "ab c"],
    });
    expect(tokens(older, "abcd")).toBe("abc d");
  });

  it("merges a long word as a short one, in bounded time", () => {
    const model = new BpeModel({ vocab, merges, unkToken: "<unk>" });
    const long = "lower".repeat(1000);
    expect(tokens(model, long)).toBe(Array(1000).fill("low er").join(" "));
    const deep = Array.from({ length: 16 }, (_, i) => "a".repeat(2 ** i));
    const doubling = new BpeModel({
      vocab: Object.fromEntries(deep.map((token, i) => [token, i])),
      merges: deep
        .slice(1)
        .map((token) => [token.slice(token.length / 2), token.slice(token.length / 2)] as const),
    });
    expect(
      run(doubling, "a".repeat(1e6))
        .map(([token]) => token)
        .join("").length,
    ).toBe(1e6);
  });

  it("drops merges by key", () => {
    const model = new BpeModel({ vocab, merges, dropout: 0.5 });
    expect(tokens(model, "lower")).toBe("low er"); // no key, no dropout
    const draw = (key: number) =>
      Array.from({ length: 20 }, () => 0).map(
        (
          (m) => () =>
            tokens(m, "lower")
        )(model.sampled(key)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(3)).size).toBeGreaterThan(3);
    expect(tokens(model.sampled(1, { dropout: 1 }), "lower")).toBe("l o w e r");
    expect(tokens(model.sampled({ words: [1, 2] }, { dropout: 0 }), "lower")).toBe("low er");
    expect(() => new BpeModel({ vocab, merges }).sampled(1)).toThrow(TokenizerError);
    expect(() => model.sampled(1, { alpha: 1 })).toThrow("BpeModel.sampled: there is no option");
    expect(() => model.sampled(-1)).toThrow("[0, 2^53)");
  });

  it("is JSON and back", () => {
    const options: BpeOptions = {
      vocab,
      merges,
      dropout: 0.1,
      unkToken: "<unk>",
      fuseUnk: true,
      ignoreMerges: true,
    };
    const json = JSON.parse(JSON.stringify(new BpeModel(options)));
    expect(json.merges[0]).toEqual(["l", "o"]);
    expect(JSON.parse(JSON.stringify(BpeModel.fromJSON(json)))).toEqual(json);
    expect(BpeModel.fromJSON({ ...json, merges: ["#version: 0.2", "l o"] }).merges.length).toBe(1);
  });

  it.each([
    [
      { merges: [["l", "x"]] },
      'model.merges[0]: merge of "l" and "x": there is no token "x" in the vocabulary',
    ],
    [{ merges: [["r", "o"]] }, 'there is no token "ro"'],
    [{ merges: ["l o w"] }, "model.merges[0]: not two tokens"],
    [{ merges: ["lo"] }, "model.merges[0]: not two tokens"],
    [{ merges: [["l", 1]] }, "model.merges[0]: not two tokens"],
    [{ merges: [7] }, "model.merges[0]: not two tokens"],
    [{ vocab: { a: 0, b: 0 } }, 'model.vocab: "a" and "b" have the same id (got 0)'],
    [{ vocab: { a: -1 } }, 'model.vocab: the id of "a"'],
    [{ vocab: { a: 2 ** 40 } }, 'model.vocab: the id of "a"'],
    [{ vocab: { a: "1" } }, 'model.vocab: the id of "a"'],
    [{ dropout: 2 }, "dropout is not in [0, 1] (got 2)"],
    [{ surprise: 1 }, 'there is no field "surprise"'],
  ])("refuses %j", (change, message) => {
    const json = { type: "BPE", vocab, merges, ...change };
    expect(() => BpeModel.fromJSON(json)).toThrow(TokenizerFormatError);
    expect(() => BpeModel.fromJSON(json)).toThrow(message);
  });
});
