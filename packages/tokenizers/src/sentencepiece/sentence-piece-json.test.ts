import fc from "fast-check";
import { expect, test } from "vitest";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { bytePieces, type PieceRow, sentencePieceFile } from "../testing/sentence-piece-file.ts";
import { sentencePieceJson } from "./sentence-piece-json.ts";
import { sentencePieceTokenizer } from "./sentence-piece-tokenizer.ts";

const pieces: PieceRow[] = [
  ["<unk>", 0, 2],
  ["<s>", 0, 3],
  ...(["▁", "a", "b", "c", "ab", "▁a", "bc", "▁ab", "abc"] as const).map(
    (text, i): PieceRow => [text, -2 - i],
  ),
];
const text = fc
  .array(fc.constantFrom("a", "b", "c", "ab", " ", "  ", "\n", "é", "😀"))
  .map((list) => list.join(""));

for (const [modelType, byteFallback] of [
  [1, false],
  [1, true],
  [2, false],
  [2, true],
] as const) {
  test(`the same ids and text by parts that others have, too (${modelType}, ${byteFallback})`, () => {
    const rows = byteFallback ? [...pieces, ...bytePieces] : pieces;
    const file = sentencePieceFile({ pieces: rows, modelType, byteFallback });
    const exact = sentencePieceTokenizer(file);
    const standard = PipelineTokenizer.fromJSON(sentencePieceJson(file));
    fc.assert(
      fc.property(text, (each) => {
        const { ids } = exact.encode(each);
        expect([...standard.encode(each).ids]).toEqual([...ids]);
        const decoded = standard.decode(ids, { skipSpecialTokens: false });
        expect(decoded.replaceAll("<unk>", " ⁇ ")).toBe(exact.decode(ids));
      }),
    );
  });
}

test("user-defined pieces", () => {
  const file = sentencePieceFile({ pieces: [...pieces, ["cab", 0, 4]] });
  const tokenizer = PipelineTokenizer.fromJSON(sentencePieceJson(file));
  expect(tokenizer.encode("abcab").tokens).toEqual(sentencePieceTokenizer(file).encode("abcab").tokens);
  const bpe = sentencePieceFile({ pieces: [...pieces, ["cab", 0, 4]], modelType: 2 });
  expect(() => sentencePieceJson(bpe)).toThrow(
    'user-defined piece in a BPE model is not supported (got "cab")',
  );
  const spaced = sentencePieceFile({ pieces: [...pieces, ["a b", 0, 4]] });
  expect(() => sentencePieceJson(spaced)).toThrow("that normalization changes");
});
