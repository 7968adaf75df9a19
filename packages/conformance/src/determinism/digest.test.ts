import { createReferenceBackend } from "@saccade/core/reference";
import { expect, test } from "vitest";
import { kernelCases } from "../cases/index.ts";
import { digestCases } from "./case-digests.ts";
import { digest } from "./digest.ts";

test("digests tell single bits apart", () => {
  const words = Int32Array.from({ length: 100 }, (_, i) => i * 7919);
  const digests = new Set(
    Array.from({ length: 100 }, (_, i) => digest(words.map((word, j) => (i === j ? word ^ 1 : word)))),
  );
  expect(digests.size).toBe(100);
  expect(digests.has(digest(words))).toBe(false);
  expect(digest(words)).toBe(digest(words.slice()));
});

// Written down: a change of the random bits would change every seeded result that anybody has.
test("random bits never change", async () => {
  const digests = await digestCases(createReferenceBackend(), kernelCases.random);
  expect(digests.get("random: bits [1031]")).toBe("0261b9d9fd869c");
  expect(digests.get("random: uniform [1031]")).toBe("1bfd31f2e0894a");
});
