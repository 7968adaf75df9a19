import { describe, expect, test } from "vitest";
import { type CalendarDay, daysOf } from "./calendar.ts";
import { DateTaskError } from "./errors.ts";
import { dateLocales } from "./locales.ts";
import { localeTemplates, render } from "./templates.ts";

const dates: CalendarDay[] = daysOf(1998, 2003).train.filter((_, i) => i % 7 === 0);
const styles: Record<string, Intl.DateTimeFormatOptions> = {
  full: { dateStyle: "full" },
  long: { dateStyle: "long" },
  medium: { dateStyle: "medium" },
  abbreviated: { weekday: "short", year: "numeric", month: "short", day: "numeric" },
  numeric: { year: "numeric", month: "numeric", day: "numeric" },
  longYear2: { year: "2-digit", month: "long", day: "numeric" },
};
const plain = (text: string): string =>
  text.replace(/[\u061C\u200E\u200F]/g, "").replace(/[\u00A0\u2009\u202F]/g, " ");

describe.each(dateLocales)("$tag", (locale) => {
  const templates = localeTemplates(locale);

  test("writes what Intl writes", () => {
    for (const [style, options] of Object.entries(styles)) {
      const template = templates.templates.find((one) => one.style === style);
      if (!template) continue; // left out as unclear, or the same as another
      const format = new Intl.DateTimeFormat(locale.tag, {
        ...options,
        calendar: "gregory",
        timeZone: "UTC",
      });
      for (const date of dates) {
        expect(render(templates, template, date)).toBe(plain(format.format(new Date(date.iso))));
      }
    }
  });

  test("has a full and a short form, and no two forms that are one", () => {
    expect(templates.templates.length).toBeGreaterThan(12);
    expect(templates.templates.map(({ style }) => style)).toContain("full");
    expect(templates.templates.some(({ firstDay }) => firstDay === 1)).toBe(true);
    const written = templates.templates.map((template) => render(templates, template, dates[0]));
    expect(written.every((text) => text.length > 5 && !/[{}]|undefined/.test(text))).toBe(true);
  });
});

test("fills every slot, in the locale's digits", () => {
  const form = "{W} {w} {d} {dd} {o} {M} {S} {yy}";
  const english = localeTemplates({
    tag: "en",
    forms: [form.replace("{d} {dd} ", "")],
    ordinal: (day) => `${day}th`,
  });
  const template = english.templates.find(({ kind }) => kind === "informal")!;
  const date = { iso: "2005-02-04", year: 2005, month: 2, day: 4, weekday: 5 };
  expect(render(english, template, date)).toBe("Friday Fri 4th February Feb 05");
  const hindi = localeTemplates({ tag: "hi-u-nu-deva", forms: ["{dd}: {yy}", "{y}+{m}+{d}"] });
  expect(
    hindi.templates.filter(({ kind }) => kind === "informal").map((one) => render(hindi, one, date)),
  ).toEqual(["०४: ०५", "२००५+२+४"]);
});

test("leaves unclear forms out: month before day, a year of two digits first", () => {
  const forms = ["{m}/{d}/{y}", "{yy}/{m}/{d}", "{yy} {M} {d}", "{d} {yy} {m}", "{M} {d} {yy}"];
  const { templates } = localeTemplates({ tag: "en", forms });
  const kept = templates.filter(({ kind }) => kind === "informal");
  expect(kept.map(({ style, firstDay }) => [style, firstDay])).toEqual([["{M} {d} {yy}", 1]]);
  const american = templates.find(({ style }) => style === "numeric")!;
  expect(american.firstDay).toBe(13); // {m}/{d}/{y} is the same as this
});

test("an unknown slot is an error that names it", () => {
  expect(() => localeTemplates({ tag: "en", forms: ["{d} {month}"] })).toThrow(DateTaskError);
  expect(() => localeTemplates({ tag: "en", forms: ["{d} {month}"] })).toThrow("unknown slot {month}");
});
