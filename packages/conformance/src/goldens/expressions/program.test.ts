import { arange, type Tensor, tensor } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SkipCase } from "../skip.ts";
import { evaluateNumber } from "./evaluate-number.ts";
import { parseExpression } from "./parse.ts";
import { runProgram } from "./program.ts";

guardMemory({ beforeEach, afterEach });

/** x = [[0, 1, 2], [3, 4, 5]] */
const run = (text: string): Promise<number[]> =>
  evaluate(
    () =>
      runProgram(
        text,
        { x: arange(0, 6).reshape([2, 3]).cast("f32"), i: tensor([1, -1], { dtype: "i32" }) },
        ["out"],
      ).out,
  );

describe("indexing", () => {
  test.each([
    ["x[1]", [3, 4, 5]],
    ["x[:, 1]", [1, 4]],
    ["x[..., -1]", [2, 5]],
    ["x[None, :, 0]", [0, 3]],
    ["x[::2]", [0, 1, 2]],
    ["x[-1:, 1:]", [4, 5]],
    ["x[:, i]", [1, 2, 4, 5]],
    ["x[i] with negative indices", [3, 4, 5, 3, 4, 5]],
    ["x[:, [0, 2]]", [0, 2, 3, 5]],
    ["x.chunk(3, 1)[2]", [2, 5]],
    ["x.max(1).indices", [2, 2]],
    ["x[i, 0]", [3, 3]],
    ["x[0, i]", [1, 2]],
    ["x[None, i, 1:]", [4, 5, 4, 5]],
  ])("%s", async (text, want) => expect(await run(text)).toEqual(want));
});

describe("arithmetic", () => {
  test.each([
    ["x.sum() - 2*3**2", [-3]],
    ["-x[0, 1]**2", [-1]],
    ["2x[0]", [0, 2, 4]],
    ["(x @ x.T)[0]", [5, 14]],
    ["a = x[0]; b = a + 1; a * b", [0, 2, 6]],
    ["torch.cat([x, x[:1]], 0).sum(1)", [3, 12, 3]],
    ["torch.einsum('ij,ij->i', x, x)", [5, 50]],
    ["where(x > 2, x, 0).sum(dim=1, keepdim=True)", [0, 12]],
    ["x.repeat(1, 2)[0]", [0, 1, 2, 0, 1, 2]],
    ["x[0] * 2 (y unused)", [0, 2, 4]],
    ["x.view(x.size(1), -1)[0]", [0, 1]],
    ["x.var(1, unbiased=False)", [Math.fround(2 / 3), Math.fround(2 / 3)]],
    ["torch.sub(x, x, alpha=2)[0]", [0, -1, -2]],
    ["torch.linalg.norm(x[1, :2])", [5]],
    ["F.pad(x, (1, 0), mode='replicate')[0]", [0, 0, 1, 2]],
    ["(x.to(torch.int64) & 3) ^ 1", [1, 0, 3, 2, 1, 0]],
    ["x[0].diff() if 1 < 2 else x", [1, 1]],
    ["out = d/dx sum(x*x)", [0, 2, 4, 6, 8, 10]],
  ])("%s", async (text, want) => expect(await run(text)).toEqual(want));
});

test("statements may name the outputs", async () => {
  const inputs = { x: tensor([1, 2]) };
  const outputs: Readonly<Record<string, Tensor>> = runProgram("a = x + 1; b = x * 2", inputs, ["a", "b"]);
  expect(Array.from(await outputs.b.data())).toEqual([2, 4]);
  for (const each of [...Object.values(inputs), ...Object.values(outputs)]) each.dispose();
});

test("numbers alone", () => {
  expect(evaluateNumber("min(1, (t + 1) / w)", { t: 2, w: 4 })).toBe(0.75);
  expect(evaluateNumber("1 if t < 10 else 0.1", { t: 10 })).toBe(0.1);
  expect(evaluateNumber("0.5 * (1 + cos(math.pi * t))", { t: 1 })).toBe(0);
});

test("says what it cannot do", async () => {
  await expect(run("x.fft()")).rejects.toThrow(SkipCase);
  await expect(run("x + z")).rejects.toThrow("the expression names z");
  expect(() => parseExpression("x +")).toThrow('"x +": "the end" is not expected there');
  expect(() => parseExpression("x $ 2")).toThrow('cannot be read at "$ 2"');
});
