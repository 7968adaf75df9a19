import { describe, expect, test } from "vitest";
import { splitOf } from "./calendar.ts";
import { DateTask, dateExample } from "./date-task.ts";
import { DateTaskError } from "./errors.ts";

const task = new DateTask();
/** Few dates, many of whose numbers could be day, month or year: collisions would show. */
const dense = new DateTask({ firstYear: 2001, lastYear: 2012 });
const count = 150_000;

describe("the mapping is a function", () => {
  test("one text has one date, also with case, spaces and punctuation taken away", () => {
    const isoOf = new Map<string, string>();
    for (let index = 0; index < count; index++) {
      const { text, iso } = dense.example(1, index, index % 5 === 0 ? "heldOut" : "train");
      const folded = text
        .toLowerCase()
        .replace(/[\s.,،]+/g, " ")
        .trim();
      const before = isoOf.get(folded) ?? iso;
      if (before !== iso) expect.fail(`"${text}" is ${before} and ${iso}`);
      isoOf.set(folded, iso);
    }
    expect(isoOf.size).toBeGreaterThan(count / 2); // a sample with repeats, which is what shows collisions
    expect(isoOf.size).toBeLessThan(count * 0.95);
  });

  test("texts of numbers alone follow the convention, read by an independent reader", () => {
    let seen = 0;
    for (let index = 0; index < count; index++) {
      const { text, iso } = task.example(2, index, "train");
      if (/[\p{L}\p{M}]/u.test(text)) continue;
      expect([text, readNumbers(text)]).toEqual([text, iso]);
      seen++;
    }
    expect(seen).toBeGreaterThan(count / 10);
  });
});

test("an example depends on seed, index and split alone", () => {
  const other = new DateTask();
  const order = [5, 3, 4, 5, 0, 2 ** 40];
  for (const index of order)
    expect(task.example(9, index, "train")).toEqual(other.example(9, index, "train"));
  expect(dateExample(9, 5, "train")).toEqual(task.example(9, 5, "train"));
  const texts = [
    task.example(9, 5, "train"),
    task.example(9, 6, "train"),
    task.example(8, 5, "train"),
    task.example(9, 5, "heldOut"),
    task.example(9, 5 + 2 ** 32, "train"),
    task.example(9 + 2 ** 32, 5, "train"),
  ];
  expect(new Set(texts.map(({ text }) => text)).size).toBe(texts.length);
});

test("held-out dates are never in training, and both splits are used up", () => {
  const seen = { train: new Set<string>(), heldOut: new Set<string>() };
  for (let index = 0; index < 60_000; index++) {
    for (const split of ["train", "heldOut"] as const) {
      const { iso } = dense.example(3, index, split);
      expect(splitOf(iso)).toBe(split);
      seen[split].add(iso);
    }
  }
  expect(seen.train.size).toBe(dense.dateCount("train"));
  expect(seen.heldOut.size).toBe(dense.dateCount("heldOut"));
  expect(seen.heldOut.isDisjointFrom(seen.train)).toBe(true);
});

test("every character is in the alphabet; texts and answers keep their lengths", () => {
  const alphabet = new Set(task.sourceAlphabet);
  const used = new Set<string>();
  let long = 0;
  for (let index = 0; index < count; index++) {
    const { text, iso } = task.example(4, index, "train");
    for (const character of text) used.add(character);
    expect(text.length).toBeLessThanOrEqual(DateTask.maxSourceLength);
    if (text.length > 40) long++;
    expect(iso).toMatch(/^\d{4}-\d\d-\d\d$/);
  }
  expect([...used].filter((character) => !alphabet.has(character))).toEqual([]);
  expect(used.size / alphabet.size).toBeGreaterThan(0.9); // nor is it much too large
  expect(Array.from(alphabet).every((character) => !/[{}\u200E\u200F\u00A0\u202F]/.test(character))).toBe(
    true,
  );
  expect(long / count).toBeLessThan(0.01);
  expect(DateTask.targetAlphabet).toMatch(/^[-0-9]{11}$/);
});

test("all languages and styles occur, about evenly", () => {
  const perLocale = new Map<string, number>();
  const styles = new Set<string>();
  for (let index = 0; index < 40_000; index++) {
    const { locale, style } = task.example(5, index, "train");
    perLocale.set(locale, (perLocale.get(locale) ?? 0) + 1);
    styles.add(style);
  }
  expect(perLocale.size).toBe(20);
  for (const occurrences of perLocale.values()) expect(Math.abs(occurrences - 2000)).toBeLessThan(250);
  expect(styles.size).toBeGreaterThan(70);
});

test("without noise a text is what its template writes; options narrow the task", () => {
  const german = new DateTask({ locales: ["de"], firstYear: 1999, lastYear: 1999, noise: 0 });
  for (let index = 0; index < 200; index++) {
    const { text, iso, locale } = german.example(1, index, "train");
    expect(locale).toBe("de");
    expect(iso).toMatch(/^1999-/);
    expect(text).toBe(text.trim());
  }
  expect(german.sourceAlphabet).not.toMatch(/\p{Script=Cyrillic}/u);
});

test("the fingerprint tells tasks apart", () => {
  expect(new DateTask().fingerprint).toBe(task.fingerprint);
  expect(task.fingerprint).toMatch(/^[0-9a-f]{8}$/);
  expect(dense.fingerprint).not.toBe(task.fingerprint);
  expect(new DateTask({ noise: 0.5 }).fingerprint).not.toBe(task.fingerprint);
});

test("errors name what was wrong and what was got", () => {
  expect(() => task.example(-1, 0, "train")).toThrow(DateTaskError);
  expect(() => task.example(-1, 0, "train")).toThrow("seed must be a whole number >= 0 (got -1)");
  expect(() => task.example(1, 0.5, "train")).toThrow("index must be a whole number >= 0 (got 0.5)");
  // @ts-expect-error: no such split
  expect(() => task.example(1, 0, "test")).toThrow('split must be "train" or "heldOut" (got "test")');
  expect(() => new DateTask({ firstYear: 1900 })).toThrow(
    "firstYear must be a whole number in 1950..2049 (got 1900)",
  );
  expect(() => new DateTask({ firstYear: 2001, lastYear: 2000 })).toThrow(
    "after lastYear (got 2001 and 2000)",
  );
  expect(() => new DateTask({ noise: 2 })).toThrow("noise must be in 0..1 (got 2)");
  expect(() => new DateTask({ locales: ["tlh"] })).toThrow('there is no locale "tlh" (known: en-US, en-GB');
  expect(() => new DateTask({ locales: [] })).toThrow("locales must name one at least (got none)");
  // @ts-expect-error: no such option
  expect(() => new DateTask({ years: 3 })).toThrow('there is no option "years"');
});

/** Reads numbers by the rules in the docstring of `DateTask`, sharing no code with the generator. */
function readNumbers(text: string): string {
  const latin = text.replace(/\p{Nd}/gu, (digit) => {
    const zero = ["0", "٠", "०"].find(
      (first) => digit >= first && digit.charCodeAt(0) < first.charCodeAt(0) + 10,
    )!;
    return String(digit.charCodeAt(0) - zero.charCodeAt(0));
  });
  const compact = /^\D*(\d{4})(\d\d)(\d\d)\D*$/.exec(latin);
  const [a, b, c] = compact ? compact.slice(1) : (latin.match(/\d+/g) ?? []);
  let [year, month, day] = a.length === 4 ? [a, b, c] : [c, b, a];
  if (Number(month) > 12) [month, day] = [day, month];
  if (year.length === 2) year = `${Number(year) >= 50 ? "19" : "20"}${year}`;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}
