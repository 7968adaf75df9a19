import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteCharacters } from "../byte-characters.ts";
import { ByteLevelDecoder } from "../decoders/byte-level.ts";
import { Lowercase } from "../normalizers/lowercase.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { TrainingProgress } from "../pipeline/trainer.ts";
import { PipelineTokenizer } from "../pipeline-tokenizer.ts";
import { ByteLevelPreTokenizer } from "../pre-tokenizers/byte-level.ts";
import { WhitespaceSplit } from "../pre-tokenizers/whitespace-split.ts";
import { BpeTrainer } from "./bpe-trainer.ts";
import { trainTokenizer } from "./train-tokenizer.ts";
import { UnigramTrainer } from "./unigram-trainer.ts";
import { WordCounter } from "./word-counter.ts";
import { WordLevelTrainer } from "./word-level-trainer.ts";

const texts = ["The sea, the SEA!", "the open sea", "Ω≈ç 漢字 😀"];

async function* slowly(list: readonly string[]) {
  for (const text of list) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield text;
  }
}

describe("trainTokenizer", () => {
  test("byte-level BPE: nothing is unknown, and any text comes back", async () => {
    const byteLevel = { preTokenizer: new ByteLevelPreTokenizer(), decoder: new ByteLevelDecoder() };
    const trainer = new BpeTrainer({
      vocabSize: 300,
      specialTokens: ["<|end|>"],
      initialAlphabet: byteCharacters(),
    });
    const tokenizer = await trainTokenizer(byteLevel, trainer, texts);
    expect(tokenizer.tokenToId("<|end|>")).toBe(0);
    expect(tokenizer.encode("sea<|end|>").ids.at(-1)).toBe(0);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const { ids } = tokenizer.encode(text, { readSpecialTokens: false });
        expect(tokenizer.decode(ids).trimStart()).toBe(text.trimStart());
      }),
    );
  });

  test("normalizer and pre-tokenizer are run, and come with the tokenizer", async () => {
    const pipeline = { normalizer: new Lowercase(), preTokenizer: new WhitespaceSplit() };
    const trainer = new WordLevelTrainer({ specialTokens: ["<unk>"] });
    const tokenizer = await trainTokenizer(pipeline, trainer, texts);
    expect(tokenizer.encode("OPEN the door").tokens).toEqual(["open", "the", "<unk>"]);
    const saved = PipelineTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(saved.toJSON()).toEqual(tokenizer.toJSON());
  });

  test("the same from a list, a generator and an asynchronous one", async () => {
    const train = (from: Iterable<string> | AsyncIterable<string>) =>
      trainTokenizer({}, new UnigramTrainer({ vocabSize: 40 }), from);
    const first = JSON.stringify(await train(texts));
    expect(JSON.stringify(await train(new Set(texts)))).toBe(first);
    expect(JSON.stringify(await train(slowly(texts)))).toBe(first);
  });

  test("progress goes from stage to stage", async () => {
    const seen: TrainingProgress[] = [];
    const onProgress = (progress: TrainingProgress) => seen.push(progress);
    await trainTokenizer({}, new UnigramTrainer({ vocabSize: 40 }), texts, { onProgress });
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(["read", "seeds", "em"]);
    for (const { done, total } of seen) expect(done).toBeLessThanOrEqual(total ?? done);
  });

  test("a signal stops it: while it reads, and while it trains", async () => {
    const reason = new Error("enough");
    const abort = new AbortController();
    const endless = (function* () {
      for (let i = 0; ; i++) {
        if (i === 1000) abort.abort(reason);
        yield `word ${i}`;
      }
    })();
    const options = { signal: abort.signal };
    await expect(trainTokenizer({}, new BpeTrainer(), endless, options)).rejects.toBe(reason);

    const later = new AbortController();
    const onProgress = ({ stage }: TrainingProgress) => stage === "em" && later.abort(reason);
    const training = trainTokenizer({}, new UnigramTrainer({ vocabSize: 40 }), texts, {
      onProgress,
      signal: later.signal,
    });
    await expect(training).rejects.toBe(reason);
  });

  test("an error in the texts comes through", async () => {
    const broken = (async function* () {
      yield "a";
      throw new Error("disk");
    })();
    await expect(trainTokenizer({}, new BpeTrainer(), broken)).rejects.toThrow("disk");
  });

  test("lone surrogates count as U+FFFD", async () => {
    const tokenizer = await trainTokenizer({}, new BpeTrainer(), ["a\ud800", "\udc00a"]);
    expect(JSON.parse(JSON.stringify(tokenizer.toJSON())).model.vocab).toEqual({
      a: 0,
      "\ufffd": 1,
      "a\ufffd": 2,
      "\ufffda": 3,
    });
  });
});

test("WordCounter: words counted as they stand are the pre-tokenizer's words", () => {
  const preTokenizer = new ByteLevelPreTokenizer({ addPrefixSpace: false });
  const words = fc.array(
    fc.constantFrom("a", "it's", " ", "  ", "\n", "12", "é", "漢", "😀", "!", "\ud800", "'ll"),
  );
  fc.assert(
    fc.property(
      fc.array(
        words.map((list) => list.join("")),
        { maxLength: 4 },
      ),
      (lines) => {
        const counter = new WordCounter(undefined, preTokenizer);
        const expected = new Map<string, number>();
        for (const line of lines) {
          counter.add(line);
          for (const { text } of preTokenizer.preTokenize(new AlignedText(line.toWellFormed()))) {
            expected.set(text, (expected.get(text) ?? 0) + 1);
          }
        }
        expect(counter.counts()).toEqual(expected);
      },
    ),
  );
});
