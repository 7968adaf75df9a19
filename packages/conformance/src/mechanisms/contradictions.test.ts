import {
  attention,
  attentionWeights,
  CosineAttention,
  DifferentialAttention,
  GatedAttention,
  linearAttention,
  MechanismLayer,
  MultiHeadAttention,
  MultiHeadLatentAttention,
  sigmoidAttention,
  topKAttention,
} from "@saccade/attention";
import { Key, randn, type Tensor, tidy, zeros } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

guardMemory({ beforeEach, afterEach });

const made = { key: new Key(0) };
const sizes = { embedDim: 8, numHeads: 2 };
const heads = (): Tensor => randn(new Key(1), [1, 2, 3, 4]);
const x = (): Tensor => randn(new Key(1), [1, 3, 8]);

/** What says two things at once, or one that cannot be; and what the message has to name. */
const cases: [string, () => unknown, RegExp][] = [
  [
    "padded and packed",
    () => attention(heads(), heads(), heads(), { lengths: [3], cuSeqlens: [0, 3] }),
    /lengths are for padded sequences, cuSeqlens for packed ones/,
  ],
  [
    "packed in two batch items",
    () => {
      const q = zeros([2, 1, 3, 4]);
      return attention(q, q, q, { cuSeqlens: [0, 3] });
    },
    /one batch item \(got B=2\)/,
  ],
  [
    "lengths of queries and keys that differ, as one list",
    () => attention(heads(), zeros([1, 2, 5, 4]), zeros([1, 2, 5, 4]), { lengths: [3] }),
    /T=3 and S=5/,
  ],
  ["longer than it is", () => attention(heads(), heads(), heads(), { lengths: [4] }), /0 to 3 \(got 4\)/],
  [
    "a causal window of nothing",
    () => attention(heads(), heads(), heads(), { causal: true, window: 0 }),
    /got 0/,
  ],
  ["a cap of nothing", () => attention(heads(), heads(), heads(), { softcap: 0 }), /softcap.*got 0/],
  [
    "heads that do not divide",
    () => attention(zeros([1, 3, 2, 4]), heads(), heads()),
    /H=3 is not a multiple of K=2/,
  ],
  [
    "dropped weights that are looked at",
    () => attentionWeights(heads(), heads(), { dropout: { p: 0.5, key: new Key(0) } } as object),
    /takes no dropout/,
  ],
  [
    "a scale of cosines",
    () => {
      using layer = new CosineAttention(sizes, made);
      return layer.forward(x(), { scale: 2 } as object);
    },
    /takes no scale/,
  ],
  [
    "halves of an odd head",
    () => new DifferentialAttention({ embedDim: 6, numHeads: 2, depth: 1 }, made),
    /got 3/,
  ],
  [
    "a gate of another size",
    () => new GatedAttention({ embedDim: 7, numHeads: 2 }, made),
    /7 is not a multiple/,
  ],
  ["more keys than one", () => topKAttention(heads(), heads(), heads(), { k: 0 }), /got 0/],
  [
    "causal, of unequal lengths",
    () => linearAttention(zeros([1, 2, 5, 4]), heads(), heads(), { causal: true }),
    /5.*3|3.*5/,
  ],
  [
    "a cache that sees ahead",
    () => {
      using layer = new MultiHeadAttention(sizes, made);
      using cache = layer.createCache({ batch: 1, maxLength: 4 });
      return layer.forward(x(), { cache });
    },
    /needs causal: true/,
  ],
  [
    "the same of latents",
    () => {
      const config = { ...sizes, latentDim: 4, headDim: 4, rotaryDim: 2 };
      using layer = new MultiHeadLatentAttention(config, made);
      using cache = layer.createCache({ batch: 1, maxLength: 4 });
      return layer.forward(x(), { cache });
    },
    /needs causal: true/,
  ],
  [
    "positions of a layer that has none",
    () => new MechanismLayer({ ...sizes, attend: sigmoidAttention, rotary: true } as never, made),
    /unknown option "rotary"/,
  ],
];

test.each(cases)("refused: %s", (_, call, message) => {
  expect(() => tidy(() => void call())).toThrow(
    expect.objectContaining({
      name: expect.stringMatching(/ArgumentError|ShapeError/),
      message: expect.stringMatching(message),
    }),
  );
});
