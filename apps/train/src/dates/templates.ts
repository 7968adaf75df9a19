import type { CalendarDay } from "./calendar.ts";
import { DateTaskError } from "./errors.ts";
import { type DateLocale, numericForms } from "./locales.ts";

/** A piece of a written date: fixed text, a month name (fixed too, but it may be misspelt), or a slot. */
export type Part =
  | { readonly kind: "text" | "monthName"; readonly text: string }
  | { readonly kind: "year" | "year2" | "month" | "month2" | "day" | "day2" | "ordinal" }
  | { readonly kind: "weekday"; readonly names: readonly string[] };

/** One way in which one language writes dates. */
export interface Template {
  readonly locale: string;
  readonly style: string;
  readonly kind: "intl" | "informal" | "numeric";
  /** The parts in each month, January first. */
  readonly months: readonly (readonly Part[])[];
  /** First day of the month that may be written so: 13 where the month, a number, comes before the day. */
  readonly firstDay: number;
}

/** All templates of one language, and what they need to be filled. */
export interface LocaleTemplates {
  readonly tag: string;
  readonly digits: readonly string[];
  readonly ordinal: (day: number) => string;
  readonly templates: readonly Template[];
}

const intlStyles: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  full: { dateStyle: "full" },
  long: { dateStyle: "long" },
  medium: { dateStyle: "medium" },
  short: { dateStyle: "short" },
  abbreviated: { weekday: "short", year: "numeric", month: "short", day: "numeric" },
  monthShort: { year: "numeric", month: "short", day: "numeric" },
  numeric: { year: "numeric", month: "numeric", day: "numeric" },
  padded: { year: "numeric", month: "2-digit", day: "2-digit" },
  longYear2: { year: "2-digit", month: "long", day: "numeric" },
};

/**
 * All ways to write a date in one language: what `Intl.DateTimeFormat` writes in nine styles, taken apart once,
 * and the informal forms. Ways that could be read as another date by the convention in `DateTask` are left out.
 *
 * Texts come from the CLDR data of the running engine and may change with its version. Invisible direction
 * marks are left out and no-break spaces become spaces: people do not type them.
 *
 * @example
 * const french = localeTemplates({ tag: "fr", forms: ["le {d} {M} {y}"] });
 * const template = french.templates.find(({ kind }) => kind === "informal");
 * render(french, template, { iso: "1999-05-03", year: 1999, month: 5, day: 3, weekday: 1 }); // => "le 3 mai 1999"
 */
export function localeTemplates(locale: DateLocale): LocaleTemplates {
  const { tag } = locale;
  const number = new Intl.NumberFormat(tag, { useGrouping: false });
  const digits = Array.from({ length: 10 }, (_, digit) => number.format(digit));
  const isNumber = (text: string): boolean =>
    Array.from(text).every((character) => digits.includes(character));

  const read = (style: Intl.DateTimeFormatOptions): Part[][] => {
    const format = new Intl.DateTimeFormat(tag, { ...style, calendar: "gregory", timeZone: "UTC" });
    const weekdays = Array.from({ length: 7 }, (_, day) => {
      const parts = format.formatToParts(Date.UTC(2023, 0, 1 + day)); // 1 January 2023 was a Sunday
      return clean(parts.find((part) => part.type === "weekday")?.value ?? "");
    });
    const months = Array.from({ length: 12 }, (_, month) =>
      format.formatToParts(Date.UTC(2023, month, 4)).flatMap((part) => toParts(part, isNumber, weekdays)),
    );
    const padded = months[0].some(({ kind }) => kind === "month2"); // October shows no difference
    return padded ? months : months.map((parts) => parts.map(unpadMonth));
  };
  const intl = Object.entries(intlStyles).map(([style, options]) => ({ style, months: read(options) }));
  const long = read({ dateStyle: "long" });
  const short = read({ year: "numeric", month: "short", day: "numeric" });
  const names = {
    M: long.map(monthNameOf),
    S: short.map(monthNameOf),
    W: weekdaysOf(read({ weekday: "long", year: "numeric", month: "long", day: "numeric" })),
    w: weekdaysOf(read({ weekday: "short", year: "numeric", month: "short", day: "numeric" })),
  };
  const fill = (form: string): Part[][] => long.map((_, month) => parseForm(form, month, names));

  const seen = new Set<string>();
  const templates: Template[] = [];
  const add = (kind: Template["kind"], style: string, months: Part[][]): void => {
    const firstDay = firstDayOf(months[0]);
    const key = JSON.stringify(months);
    if (firstDay === undefined || seen.has(key)) return;
    seen.add(key);
    templates.push({ locale: tag, style, kind, months, firstDay });
  };
  for (const { style, months } of intl) add("intl", style, months);
  for (const form of locale.forms) add("informal", form, fill(form));
  for (const form of numericForms) add("numeric", form, fill(form));
  return { tag, digits, ordinal: locale.ordinal ?? String, templates };
}

/** The date written by a template; each part is passed through `edit`. */
export function render(
  { digits, ordinal }: LocaleTemplates,
  template: Template,
  date: CalendarDay,
  edit: (part: Part, text: string) => string = (_, text) => text,
): string {
  const native = (text: string): string =>
    digits[0] === "0" ? text : text.replace(/[0-9]/g, (digit) => digits[Number(digit)]);
  let text = "";
  for (const part of template.months[date.month - 1]) text += edit(part, write(part));
  return text;

  function write(part: Part): string {
    switch (part.kind) {
      case "text":
      case "monthName":
        return part.text;
      case "weekday":
        return part.names[date.weekday];
      case "year":
        return native(`${date.year}`);
      case "year2":
        return native(`${date.year}`.slice(-2));
      case "month":
        return native(`${date.month}`);
      case "month2":
        return native(`${date.month}`.padStart(2, "0"));
      case "day":
        return native(`${date.day}`);
      case "day2":
        return native(`${date.day}`.padStart(2, "0"));
      case "ordinal":
        return native(ordinal(date.day));
    }
  }
}

/** First day of the month that may be written so by the convention in `DateTask`; none if the form is never clear. */
function firstDayOf(parts: readonly Part[]): number | undefined {
  const order = parts
    .map(({ kind }) => {
      if (kind === "year") return "Y";
      if (kind === "year2") return "y";
      if (kind === "month" || kind === "month2") return "m";
      return kind === "day" || kind === "day2" || kind === "ordinal" ? "d" : "";
    })
    .join("");
  if (["Ymd", "dmY", "dmy", "Yd", "dY", "dy"].includes(order)) return 1;
  return ["mdY", "mdy"].includes(order) ? 13 : undefined;
}

function toParts(
  part: Intl.DateTimeFormatPart,
  isNumber: (text: string) => boolean,
  weekdays: readonly string[],
): Part[] {
  const text = clean(part.value);
  const wide = Array.from(text).length;
  switch (part.type) {
    case "weekday":
      return [{ kind: "weekday", names: weekdays }];
    case "year":
      return [{ kind: wide === 2 ? "year2" : "year" }];
    case "day": // the 4th: one digit unless it is padded
      return [{ kind: wide === 2 ? "day2" : "day" }];
    case "month": {
      if (isNumber(text)) return [{ kind: wide === 2 ? "month2" : "month" }];
      const number = Array.from(text).filter(isNumber).length; // Korean "3월" comes as one part
      if (number === 0) return [{ kind: "monthName", text }];
      return [{ kind: "month" }, { kind: "text", text: Array.from(text).slice(number).join("") }];
    }
    default:
      return [{ kind: "text", text }];
  }
}

const unpadMonth = (part: Part): Part => (part.kind === "month2" ? { kind: "month" } : part);

const slots: Readonly<Record<string, Part>> = {
  d: { kind: "day" },
  dd: { kind: "day2" },
  o: { kind: "ordinal" },
  m: { kind: "month" },
  mm: { kind: "month2" },
  y: { kind: "year" },
  yy: { kind: "year2" },
};

interface Names {
  readonly M: readonly string[];
  readonly S: readonly string[];
  readonly W: readonly string[];
  readonly w: readonly string[];
}

function parseForm(form: string, month: number, names: Names): Part[] {
  return Array.from(form.matchAll(/\{(\w+)\}|[^{]+/g), ([text, slot]): Part => {
    if (slot === undefined) return { kind: "text", text };
    if (slot === "M" || slot === "S") return { kind: "monthName", text: names[slot][month] };
    if (slot === "W" || slot === "w") return { kind: "weekday", names: names[slot] };
    if (!(slot in slots)) throw new DateTaskError(`dates: the form "${form}" has an unknown slot {${slot}}`);
    return slots[slot];
  });
}

function monthNameOf(parts: readonly Part[]): string {
  const part = parts.find(({ kind }) => kind === "monthName");
  return part?.kind === "monthName" ? part.text : "";
}

function weekdaysOf(months: readonly (readonly Part[])[]): readonly string[] {
  const part = months[0].find(({ kind }) => kind === "weekday");
  return part?.kind === "weekday" ? part.names : [];
}

function clean(text: string): string {
  return text.replace(/[\u061C\u200E\u200F]/g, "").replace(/[\u00A0\u2009\u202F]/g, " ");
}
