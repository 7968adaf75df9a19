import { expect, test } from "vitest";
import { Agenda } from "./agenda.ts";
import { makeCorpus, textOf } from "./corpus.ts";
import { digamma } from "./digamma.ts";
import { Lattice, withUnknown } from "./lattice.ts";
import { PieceTrie } from "./piece-trie.ts";
import { seedPieces } from "./seed-pieces.ts";

test("digamma at points where it is known", () => {
  const euler = 0.5772156649015329;
  expect(digamma(1)).toBeCloseTo(-euler, 9);
  expect(digamma(0.5)).toBeCloseTo(-euler - 2 * Math.LN2, 9);
  expect(digamma(10)).toBeCloseTo(7129 / 2520 - euler, 9);
  expect(digamma(1e6)).toBeCloseTo(Math.log(1e6) - 5e-7, 9);
});

test("seeds: characters first, then by occurrences times length", () => {
  const corpus = makeCorpus(
    new Map([
      ["abc", 1],
      ["abd", 3],
      ["xab", 1],
    ]),
  );
  const { starts, lengths, scores } = seedPieces(corpus, 16, 100);
  const texts = Array.from(starts, (start, i) => textOf(corpus, start, lengths[i]));
  expect(texts).toEqual(["b", "a", "d", "x", "c", "ab"]);
  expect(Math.exp(scores[5]) / Math.exp(scores[0])).toBeCloseTo(6 / 5);
});

test("lattice: expected counts are those of all paths by hand", () => {
  const corpus = makeCorpus(
    new Map([
      ["ab", 1],
      ["cab", 1],
      ["abd", 1],
    ]),
  );
  const seeds = seedPieces(corpus, 16, 100); // b, a, d, c, ab
  const scores = Float64Array.from([0.2, 0.3, 0.05, 0.05, 0.4], Math.log);
  const model = withUnknown(new PieceTrie(corpus, seeds), scores);
  const lattice = new Lattice();
  lattice.build(corpus.text, corpus.starts[0], corpus.ends[0], model);
  const expected = new Float64Array(6);
  lattice.addExpected(2, expected);
  const whole = 0.4 / (0.4 + 0.06);
  expect([...expected]).toEqual([1 - whole, 1 - whole, 0, 0, whole, 0].map((p) => expect.closeTo(2 * p, 12)));
  expect(lattice.bestPath()).toEqual([4]);
  expect(lattice.twoBestPaths()).toEqual([[4], [1, 0]]);
});

test("lattice: a character without a piece", () => {
  const corpus = makeCorpus(new Map([["ab", 1]]));
  const seeds = seedPieces(corpus, 16, 100); // b, a
  const scores = Float64Array.from([Math.log(0.5), Number.NaN]);
  const lattice = new Lattice();
  const model = withUnknown(new PieceTrie(corpus, seeds), scores);
  lattice.build(corpus.text, 0, 2, model);
  expect(lattice.bestPath()).toEqual([model.unknown, 0]);
});

test("agenda: highest first", () => {
  const agenda = new Agenda();
  for (const [item, score] of [5, 1, 4, 2, 3].entries()) agenda.push(item, score);
  const order: number[] = [];
  while (agenda.size > 0) order.push(agenda.pop());
  expect(order).toEqual([0, 2, 4, 3, 1]);
});
