import { Key, randn } from "@saccade/core";
import { checkGradients, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { captured } from "./captured.ts";

guardMemory({ beforeEach, afterEach });
const f64 = { dtype: "f64" } as const;

test("relative bias: gradients", async () => {
  using q = randn(new Key(0), [2, 4, 3, 2], f64);
  using k = randn(new Key(1), [2, 2, 4, 2], f64);
  using v = randn(new Key(2), [2, 2, 4, 3], f64);
  using slopes = randn(new Key(3), [4], f64);
  using table = randn(new Key(4), [4, 7], f64);
  await checkGradients(
    (a, b, c, d, e) => {
      const slope = captured(d);
      const at = captured(e);
      const { out, logSumExp } = attention(a, b, c, {
        scoreMod: (s, { h, q, k }) =>
          s
            .mul(0.5)
            .tanh()
            .add(slope(h).mul(k.sub(q)))
            .add(at(h, k.sub(q).add(3)).square()),
        maskMod: ({ q, k }) => q.sub(k).abs().le(2),
        returnLogSumExp: true,
      });
      return [out, logSumExp];
    },
    [q, k, v, slopes, table],
    { order: 2 },
  );
});
