import { describe, expect, test } from "vitest";
import { TokenizerFormatError } from "../errors.ts";
import { readRankFile } from "./rank-file.ts";
import { mergesOfRanks } from "./rank-merges.ts";

const text = (ranks: ReturnType<typeof readRankFile>, rank: number) =>
  new TextDecoder().decode(ranks.bytesOf(rank));

describe("readRankFile", () => {
  test("tokens of one to four bytes, line ends of both kinds, no line end at the end", () => {
    const ranks = readRankFile("YQ== 0\r\nYWI= 1\n\nYWJj 2\nYWJjZA== 3");
    expect([0, 1, 2, 3].map((rank) => text(ranks, rank))).toEqual(["a", "ab", "abc", "abcd"]);
    expect(ranks.size).toBe(4);
  });

  test("all byte values", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const line = `${btoa(String.fromCharCode(...bytes))} 7\n`;
    expect(readRankFile(new TextEncoder().encode(line)).bytesOf(7)).toEqual(bytes);
  });

  test("a token without bytes is left out", () => {
    expect(readRankFile("YQ== 0\n= 1\n").size).toBe(1);
  });

  test.each([
    ["no rank", "YQ==\n"],
    ["no base64", "Y*== 0\n"],
    ["base64 cut short", "YQ= 0\n"],
    ["one digit too many", "YWJjZ 0\n"],
    ["a rank that is no number", "YQ== x\n"],
    ["a negative rank", "YQ== -1\n"],
    ["a rank of ten digits", "YQ== 1234567890\n"],
    ["three fields", "YQ== 1 2\n"],
    ["a rank twice", "YQ== 0\nYg== 0\n"],
    ["a token twice", "YQ== 0\nYQ== 1\n"],
  ])("%s throws", (_, file) => {
    expect(() => readRankFile(file)).toThrow(TokenizerFormatError);
  });

  test("the line is named", () => {
    expect(() => readRankFile("YQ== 0\nhello\n")).toThrow(
      'readRankFile: line 2 is not a token in base64 and its rank (got "hello")',
    );
  });
});

test("mergesOfRanks: the parts that lower ranks leave", () => {
  const names = ["a", "b", "c", "bc", "ab", "abc", "abcab", "xyz"];
  const file = names.map((name, rank) => `${btoa(name)} ${rank}`).join("\n");
  const merges = mergesOfRanks(readRankFile(file)).map(([left, right]) => [names[left], names[right]]);
  expect(merges).toEqual([
    ["b", "c"],
    ["a", "b"],
    ["a", "bc"],
    ["abc", "ab"],
  ]);
});
