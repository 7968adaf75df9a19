import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { einsum } from "./einsum.ts";
import { ones } from "./fill.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

/** Any equation by its definition: a loop over every value of every letter. */
async function byDefinition(equation: string, operands: readonly Tensor[]): Promise<number[]> {
  const [left, output] = equation.split("->");
  const terms = left.split(",");
  const data = await Promise.all(operands.map((operand) => operand.data()));
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    for (const [d, letter] of [...term].entries()) sizes.set(letter, operands[i].shape[d]);
  }
  const letters = [...sizes.keys()];
  const size = (letter: string): number => sizes.get(letter) ?? 1;
  const position = (term: string, at: Map<string, number>): number =>
    [...term].reduce((flat, letter) => flat * size(letter) + (at.get(letter) ?? 0), 0);
  const result = new Array<number>([...output].reduce((total, letter) => total * size(letter), 1)).fill(0);
  const walk = (i: number, at: Map<string, number>): void => {
    if (i === letters.length) {
      const product = terms.reduce((value, term, n) => value * data[n][position(term, at)], 1);
      result[position(output, at)] += product;
      return;
    }
    for (let n = 0; n < size(letters[i]); n++) walk(i + 1, new Map(at).set(letters[i], n));
  };
  walk(0, new Map());
  return result;
}

const sizes: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 2, e: 1 };

describe("agrees with the definition", () => {
  test.each([
    "ab->ba",
    "ab->",
    "aab->b",
    "aa->a",
    "abc,cb->a",
    "ab,bc->ca",
    "abc,dbc->adb",
    "ab,ab->ab",
    "a,b->ba",
    "abe,ec->cab",
    "ab,bc,cd->ad",
    "ab,ac,ad->bcd",
    "abc,ad,bd,cd->d",
    "aad,db->ab",
  ])("%s", async (equation) => {
    const terms = equation.split("->")[0].split(",");
    const operands = terms.map((term, i) =>
      randn(
        new Key(i),
        [...term].map((letter) => sizes[letter]),
        { dtype: "f64" },
      ),
    );
    const got = await evaluate(() => einsum(equation, ...operands));
    const want = await byDefinition(equation, operands);
    for (const operand of operands) operand.dispose();
    expect(got).toHaveLength(want.length);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(want[i], 10);
  });
});

test("an ellipsis broadcasts, and is summed where the output lacks it", async () => {
  expect(await evaluate(() => einsum("...i,...i->...", ones([2, 1, 3]), ones([4, 3])))).toEqual(
    new Array(8).fill(3),
  );
  expect(await evaluate(() => einsum("...i->i", ones([2, 3])))).toEqual([2, 2, 2]);
  expect(await evaluate(() => einsum("...i,i", ones([2, 3]), ones([3])))).toEqual([3, 3]);
});

test("sizes of 1 broadcast", async () => {
  expect(
    await evaluate(() =>
      einsum(
        "ij,ij->ij",
        tensor([[1, 2]]),
        tensor([
          [1, 1],
          [3, 3],
        ]),
      ),
    ),
  ).toEqual([1, 2, 3, 6]);
});

test("gradients, to second order", async () => {
  const operands = [
    [2, 3],
    [3, 4],
    [2, 4],
  ].map((shape, i) => randn(new Key(i), shape, { dtype: "f64" }));
  await checkGradients((a, b, c) => einsum("ij,jk,ik->k", a, b, c), operands, { order: 2 });
  using x = randn(new Key(9), [3, 3, 2], { dtype: "f64" });
  await checkGradients((a) => einsum("iij->j", a), [x]);
  for (const operand of operands) operand.dispose();
});

test.each([
  ["ij->ij->i", '"->" occurs twice'],
  ["i1->i", '"1" is no letter'],
  ["ij->ii", 'the output letter "i" occurs twice'],
  ["ij->ik", 'the output letter "k" is in no operand'],
  ["...i...->i", "an operand has two ellipses"],
  ["ij,jk->ik", "has 2 operands (got 1)"],
])("says what is wrong with %s", async (equation, message) => {
  using x = ones([2, 2]);
  expect(() => einsum(equation, x)).toThrow(ArgumentError);
  expect(() => einsum(equation, x)).toThrow(message);
});

test("says which operand does not fit", () => {
  using x = ones([2, 3]);
  expect(() => einsum("ijk->i", x)).toThrow(ShapeError);
  expect(() => einsum("ijk->i", x)).toThrow('operand 0 of "ijk->i" has 3 letters');
  expect(() => einsum("ij,jk->ik", x, x)).toThrow('"j" is 3 and 2 (operand 1 of "ij,jk->ik"');
});
