import { Key, tensor } from "@saccade/core";
import { checkGradients, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, test } from "vitest";
import {
  blendOf,
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { redundancyPenalty, SelfAttentivePooling } from "./self-attentive-pooling.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("SelfAttentivePooling", () => {
  test("equations 6 and 7, by loops, with padding", async () => {
    const config = { embedDim: 3, attentionDim: 2, hops: 4 };
    using layer = new SelfAttentivePooling(config, { key, dtype: "f64" });
    using x = random(key.fold(1), [2, 5, 3]);
    using mask = tensor(
      [
        [1, 1, 1, 1, 1],
        [1, 1, 0, 0, 0],
      ],
      { dtype: "u8" },
    );
    const lengths = [5, 2];
    const [W1, W2] = await Promise.all(layer.parameters().map(matrix));
    const expected = (await cube(x)).map((rows, b) =>
      W2.map((hop) => {
        const scores = rows.map((row) => dot(hop, times(W1, row).map(Math.tanh)));
        return blendOf(
          softmaxOf(scores, (t) => t < lengths[b]),
          rows,
        );
      }),
    );
    await expectClose(() => layer.forward(x, { mask }).context, expected);
    await checkModule(layer, (y) => layer.forward(y, { mask }).context, [x], key.fold(3));
  });

  test("equation 8, by loops", async () => {
    using weights = random(key, [2, 3, 5]);
    const expected = (await cube(weights)).map((A) =>
      A.flatMap((a, i) => A.map((b, j) => (dot(a, b) - (i === j ? 1 : 0)) ** 2)).reduce((x, y) => x + y),
    );
    await expectClose(() => redundancyPenalty(weights), expected);
    await checkGradients((a) => redundancyPenalty(a), [weights]);
  });
});
