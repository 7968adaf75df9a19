import { expect, test } from "vitest";
import { detectSimd } from "./detect.ts";

test("this engine has relaxed SIMD (Node >= 22)", () => {
  expect(detectSimd()).toBe("relaxed");
});
