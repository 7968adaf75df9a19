import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteCharacters } from "../byte-characters.ts";
import { BpeModel, type BpeOptions } from "../models/bpe/bpe-model.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson } from "../pipeline/roles.ts";
import { TokenSink } from "../pipeline/token-sink.ts";
import { readPreTokenizer } from "../pre-tokenizers/read.ts";
import { createFastPath } from "./create-fast-path.ts";
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN, QWEN2_PATTERN } from "./known-patterns.ts";

interface Tokens {
  readonly ids: number[];
  readonly starts: number[];
  readonly ends: number[];
  readonly words: number[];
}

const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

function split(pattern: string, behavior = "Isolated"): ComponentJson {
  const regex = { type: "Split", pattern: { Regex: pattern }, behavior, invert: false };
  return { type: "Sequence", pretokenizers: [regex, { ...BYTE_LEVEL, use_regex: false }] };
}

/** The definition: the pre-tokenizer's pieces, and the model for each. */
function generic(model: BpeModel, json: ComponentJson, text: string): Tokens {
  const tokens: Tokens = { ids: [], starts: [], ends: [], words: [] };
  for (const [word, piece] of readPreTokenizer(json).preTokenize(new AlignedText(text)).entries()) {
    const sink = new TokenSink();
    model.tokenize(piece.text, sink, 0);
    for (let i = 0; i < sink.length; i++) {
      tokens.ids.push(sink.ids[i]);
      tokens.starts.push(piece.originalStart(sink.starts[i]));
      tokens.ends.push(piece.originalEnd(sink.ends[i]));
      tokens.words.push(word);
    }
  }
  return tokens;
}

/** A byte-level model with merges among the characters of the test texts; many products come from several pairs. */
function randomModel(options: Partial<BpeOptions> = {}): BpeModel {
  const vocab = new Map(byteCharacters().map((character, byte) => [character, byte]));
  const names = byteCharacters();
  const tokens = [...new TextEncoder().encode(" abst'T1é中\n")].map((byte) => names[byte]);
  const merges: [string, string][] = [];
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  while (merges.length < 600) {
    const pair = [tokens[random(tokens.length)], tokens[random(tokens.length)]] as const;
    const product = pair.join("");
    if (product.length > 6 || merges.some(([left, right]) => left === pair[0] && right === pair[1])) continue;
    if (!vocab.has(product)) {
      vocab.set(product, vocab.size);
      tokens.push(product);
    }
    merges.push([...pair]);
  }
  return new BpeModel({ vocab, merges, ...options });
}

const CHARACTERS = [..." abst'T1é中\n", " ", "a", "😀", "\u0301", "\ud83d", "\udc00", "\u3000", "Z"];
const text = fc
  .array(fc.oneof(fc.constantFrom(...CHARACTERS), fc.constantFrom("'s", "'re", "  ", "\r\n")), {
    maxLength: 40,
  })
  .map((characters) => characters.join(""));

describe.each([
  ["GPT-2", GPT2_PATTERN],
  ["cl100k", CL100K_PATTERN],
  ["Qwen 2", QWEN2_PATTERN],
  ["o200k", O200K_PATTERN],
])("fast path, %s", (_, pattern) => {
  const json = pattern === GPT2_PATTERN ? BYTE_LEVEL : split(pattern);

  it.each([{}, { ignoreMerges: true }])("equals the parts one after the other, %j", (options) => {
    const model = randomModel(options);
    const fast = createFastPath(readPreTokenizer(json), model)!;
    fc.assert(
      fc.property(text, (joined) => {
        const expected = generic(model, json, joined);
        const sink = new TokenSink(1);
        const words = fast.encode(new AlignedText(joined, 7), sink, 3);
        const got = (array: Int32Array, by: number) =>
          Array.from(array.subarray(0, sink.length), (x) => x - by);
        expect(got(sink.ids, 0)).toEqual(expected.ids);
        expect(got(sink.starts, 7)).toEqual(expected.starts);
        expect(got(sink.ends, 7)).toEqual(expected.ends);
        expect(got(sink.words, 3)).toEqual(expected.words);
        expect(words).toBe((expected.words.at(-1) ?? -1) + 1);
        const only = new TokenSink(1);
        fast.encodeIds(joined, only);
        expect([...only.ids.subarray(0, only.length)]).toEqual(expected.ids);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("fast path", () => {
  const model = randomModel();
  const fast = createFastPath(readPreTokenizer(BYTE_LEVEL), model)!;

  it("leads spans back through an alignment", () => {
    const sink = new TokenSink();
    // "ZZ": both come from unit 4 of the original
    fast.encode(new AlignedText("ZZ", 0, Int32Array.of(4, 4), Int32Array.of(5, 5)), sink, 0);
    expect([...sink.starts.subarray(0, 2), ...sink.ends.subarray(0, 2)]).toEqual([4, 4, 5, 5]);
  });

  it("goes on rightly when its memory of words is full", () => {
    const words = Array.from({ length: 140_000 }, (_, i) => ` ${i.toString(36)}`).join("");
    const first = new TokenSink();
    const second = new TokenSink();
    fast.encodeIds(words, first);
    fast.encodeIds(words, second);
    expect(second.ids.subarray(0, second.length)).toEqual(first.ids.subarray(0, first.length));
    const end = words.length - 20_000;
    expect(generic(model, BYTE_LEVEL, words.slice(end)).ids).toEqual(
      [...first.ids.subarray(0, first.length)].slice(
        -generic(model, BYTE_LEVEL, words.slice(end)).ids.length,
      ),
    );
  });

  it("takes one long word in time", () => {
    for (const word of ["a".repeat(1e6), "absté".repeat(2e5)]) {
      const sink = new TokenSink();
      fast.encode(new AlignedText(word), sink, 0);
      expect(sink.ends[sink.length - 1]).toBe(1e6);
    }
  });

  it.each([
    ["no pre-tokenizer", undefined, model],
    ["a prefix space", { ...BYTE_LEVEL, add_prefix_space: true }, model],
    ["another pattern", split("\\w+"), model],
    ["a Split that removes", split(GPT2_PATTERN, "Removed"), model],
    ["another order", { type: "Sequence", pretokenizers: [BYTE_LEVEL] }, model],
    ["a suffix", BYTE_LEVEL, randomModel({ endOfWordSuffix: "" })],
    ["bytes without a token", BYTE_LEVEL, new BpeModel({ vocab: { a: 0 }, merges: [] })],
  ])("is there only where it is exact: %s", (name, json, other) => {
    const found = createFastPath(json && readPreTokenizer(json), other);
    expect(found === undefined).toBe(name !== "a suffix"); // an empty suffix is none
  });
});
