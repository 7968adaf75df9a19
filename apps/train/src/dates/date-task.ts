import { type CalendarDay, type DateSplit, daysOf, firstYear, lastYear } from "./calendar.ts";
import { Draws } from "./draws.ts";
import { DateTaskError } from "./errors.ts";
import { dateLocales } from "./locales.ts";
import { misspellings } from "./misspellings.ts";
import { casings, noiseCharacters, noisyCase, noisyPunctuation } from "./noise.ts";
import { type LocaleTemplates, localeTemplates, type Part, render, type Template } from "./templates.ts";

/** One sentence pair of the task. */
export interface DateExample {
  /** The date as somebody wrote it, at most `DateTask.maxSourceLength` UTF-16 units. */
  readonly text: string;
  /** The same date as `YYYY-MM-DD`. */
  readonly iso: string;
  /** BCP 47 tag of the language. */
  readonly locale: string;
  /** An `Intl` style such as `"full"`, or the informal form such as `"the {o} of {M}, {y}"`. */
  readonly style: string;
}

export interface DateTaskOptions {
  /** Tags out of `DateTask.locales`. Default: all. */
  readonly locales?: readonly string[];
  /** First and last year, within 1950 and 2049, where a year of two digits has one meaning. Default: all. */
  readonly firstYear?: number;
  readonly lastYear?: number;
  /** Factor in `0 .. 1` on how often casing, spacing, punctuation and spelling are disturbed. Default 1. */
  readonly noise?: number;
}

/** Goes up with every change here that changes texts. */
const version = 1;
const kinds: readonly Template["kind"][] = ["intl", "intl", "intl", "informal", "informal", "numeric"];
const odds = { casing: 0.45, punctuation: 0.3, spelling: 0.08 } as const;

/**
 * Dates as people write them, in twenty languages and many styles, into ISO 8601.
 *
 * An example is a function of `(seed, index, split)` and of nothing else: nothing is kept between calls, so a
 * run that was stopped goes on where it was. Texts come from the CLDR data of the running engine; `fingerprint`
 * tells two sets of texts apart. A date belongs to one split whatever the seed, so no held-out date is ever
 * seen in training.
 *
 * **Convention.** A text has one date, by these rules; forms that they leave unclear are never written.
 * - A year of two digits comes last: 50 to 99 are 1950 to 1999, 00 to 49 are 2000 to 2049.
 * - A year of four digits comes first (then month, day) or last.
 * - Before a year, day comes before month. Only where the day is above 12, so that there is one way to read it,
 *   month may come before day (American 3/25/2021).
 * - A wrong spelling of a month is used only if it can be no other month in any of the languages.
 *
 * @example
 * const task = new DateTask({ locales: ["en-GB"], noise: 0 });
 * const { text, iso, locale, style } = task.example(1, 6, "train");
 * task.example(1, 6, "train"); // => { text, iso, locale, style }
 * splitOf(iso); // => "train"
 */
export class DateTask {
  /** All languages that there are. */
  static readonly locales: readonly string[] = dateLocales.map(({ tag }) => tag);
  /** No text is longer, UTF-16 units. */
  static readonly maxSourceLength = 48;
  /** No answer is longer or shorter, characters. */
  static readonly targetLength = 10;
  /** The characters of an answer. */
  static readonly targetAlphabet = "-0123456789";

  /** Every character that a text can have, ascending. */
  readonly sourceAlphabet: string;
  /** Eight hexadecimal digits that change when a text could: with options, CLDR data or this code. */
  readonly fingerprint: string;
  readonly #locales: readonly LocaleTemplates[];
  readonly #byKind: ReadonlyMap<LocaleTemplates, Readonly<Record<Template["kind"], readonly Template[]>>>;
  readonly #misspellings: ReadonlyMap<string, readonly string[]>;
  readonly #days: Record<DateSplit, CalendarDay[]>;
  readonly #noise: number;

  /** @throws DateTaskError `DateTask: firstYear must be a whole number in 1950..2049 (got 1900)` */
  constructor(options: DateTaskOptions = {}) {
    const { from, to, noise, tags } = checkOptions(options);
    this.#noise = noise;
    this.#days = daysOf(from, to);
    const all = dateLocales.map(localeTemplates);
    this.#misspellings = misspellings(all); // over all languages, whichever are used
    this.#locales = all.filter(({ tag }) => tags.includes(tag));
    this.#byKind = new Map(
      this.#locales.map((locale) => {
        const of = (kind: Template["kind"]) => locale.templates.filter((template) => template.kind === kind);
        return [locale, { intl: of("intl"), informal: of("informal"), numeric: of("numeric") }];
      }),
    );
    this.sourceAlphabet = alphabetOf(this.#locales, this.#misspellings);
    this.fingerprint = fingerprintOf([version, from, to, noise, this.#locales, [...this.#misspellings]]);
  }

  /** Number of different dates in a split. */
  dateCount(split: DateSplit): number {
    return this.#days[split].length;
  }

  /**
   * @param seed  whole number >= 0: which stream
   * @param index  whole number >= 0: which example of it
   * @param split  which dates
   */
  example(seed: number, index: number, split: DateSplit): DateExample {
    checkWhole("seed", seed);
    checkWhole("index", index);
    if (split !== "train" && split !== "heldOut") {
      throw new DateTaskError(
        `DateTask.example: split must be "train" or "heldOut" (got ${JSON.stringify(split)})`,
      );
    }
    const draws = new Draws(
      seed,
      seed / 2 ** 32,
      index,
      2 * Math.floor(index / 2 ** 32) + Number(split === "train"),
    );
    const date = draws.pick(this.#days[split]);
    const locale = draws.pick(this.#locales);
    const templates = this.#byKind.get(locale)![draws.pick(kinds)];
    let template = draws.pick(templates);
    while (template.firstDay > date.day) template = draws.pick(templates);
    const example = { iso: date.iso, locale: locale.tag, style: template.style };
    const text = this.#disturb(locale, template, date, draws);
    if (text.length <= DateTask.maxSourceLength) return { text, ...example };
    return { text: render(locale, template, date), ...example };
  }

  #disturb(locale: LocaleTemplates, template: Template, date: CalendarDay, draws: Draws): string {
    const misspell = draws.chance(odds.spelling * this.#noise);
    let text = render(locale, template, date, (part, written) => {
      const wrong = misspell && part.kind === "monthName" ? this.#misspellings.get(written) : undefined;
      return wrong && wrong.length > 0 ? draws.pick(wrong) : written;
    });
    if (draws.chance(odds.casing * this.#noise)) text = noisyCase(text, locale.tag, draws);
    if (draws.chance(odds.punctuation * this.#noise)) text = noisyPunctuation(text, draws);
    return text;
  }
}

let standardTask: DateTask | undefined;

/**
 * An example of the task with all languages, all years and full noise.
 *
 * @example dateExample(1, 42, "heldOut").iso.length; // => 10
 */
export function dateExample(seed: number, index: number, split: DateSplit): DateExample {
  standardTask ??= new DateTask();
  return standardTask.example(seed, index, split);
}

function alphabetOf(
  locales: readonly LocaleTemplates[],
  wrongSpellings: ReadonlyMap<string, readonly string[]>,
): string {
  const characters = new Set(noiseCharacters);
  for (const { tag, digits, ordinal, templates } of locales) {
    const add = (text: string): void => {
      for (const cased of [text, ...Object.values(casings).map((change) => change(text, tag))]) {
        for (const character of cased) characters.add(character);
      }
    };
    const addPart = (part: Part): void => {
      if (part.kind === "text") add(part.text);
      if (part.kind === "weekday") part.names.forEach(add);
      if (part.kind === "monthName") [part.text, ...(wrongSpellings.get(part.text) ?? [])].forEach(add);
      if (part.kind === "ordinal") for (let day = 1; day <= 31; day++) add(ordinal(day));
    };
    digits.forEach(add);
    for (const { months } of templates) for (const parts of months) parts.forEach(addPart);
  }
  return Array.from(characters)
    .sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
    .join("");
}

/** FNV-1a, 32 bits, of the JSON text. */
function fingerprintOf(value: unknown): string {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(value)) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function checkOptions(options: DateTaskOptions): {
  from: number;
  to: number;
  noise: number;
  tags: readonly string[];
} {
  const known = ["locales", "firstYear", "lastYear", "noise"];
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new DateTaskError(`DateTask: there is no option "${name}" (known: ${known.join(", ")})`);
  }
  const {
    firstYear: from = firstYear,
    lastYear: to = lastYear,
    noise = 1,
    locales: tags = DateTask.locales,
  } = options;
  for (const [name, year] of Object.entries({ firstYear: from, lastYear: to })) {
    if (Number.isInteger(year) && year >= firstYear && year <= lastYear) continue;
    throw new DateTaskError(
      `DateTask: ${name} must be a whole number in ${firstYear}..${lastYear} (got ${year})`,
    );
  }
  if (from > to) throw new DateTaskError(`DateTask: firstYear is after lastYear (got ${from} and ${to})`);
  if (!(noise >= 0 && noise <= 1)) throw new DateTaskError(`DateTask: noise must be in 0..1 (got ${noise})`);
  const unknown = tags.find((tag) => !DateTask.locales.includes(tag));
  if (unknown !== undefined) {
    throw new DateTaskError(
      `DateTask: there is no locale "${unknown}" (known: ${DateTask.locales.join(", ")})`,
    );
  }
  if (tags.length === 0) throw new DateTaskError("DateTask: locales must name one at least (got none)");
  return { from, to, noise, tags };
}

function checkWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new DateTaskError(`DateTask.example: ${name} must be a whole number >= 0 (got ${value})`);
}
