/** How one language writes dates besides what `Intl` knows. */
export interface DateLocale {
  /** BCP 47 tag, given to `Intl`; a `-u-nu-` part chooses the digits. */
  readonly tag: string;
  /**
   * Informal forms. Slots: `{d}` day, `{dd}` two digits, `{o}` ordinal day, `{m}` month, `{mm}`, `{M}` month
   * name, `{S}` short month name, `{y}` year, `{yy}` last two digits, `{W}` weekday, `{w}` short weekday.
   * A year of two digits always comes last; numbers alone are never month before day.
   */
  readonly forms: readonly string[];
  /** The day as an ordinal, for `{o}`. */
  readonly ordinal?: (day: number) => string;
}

const english = (day: number): string => {
  const teens = day % 100 >= 11 && day % 100 <= 13;
  return `${day}${teens ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")}`;
};
const swedish = (day: number): string =>
  `${day}:${[1, 2].includes(day % 10) && ![11, 12].includes(day) ? "a" : "e"}`;
const firstOnly =
  (suffix: string) =>
  (day: number): string =>
    day === 1 ? `1${suffix}` : `${day}`;

/** Forms without words, written in the digits of each locale. */
export const numericForms: readonly string[] = [
  "{y}-{mm}-{dd}",
  "{y}/{mm}/{dd}",
  "{y}.{m}.{d}",
  "{y} {mm} {dd}",
  "{y}{mm}{dd}",
  "{d}.{m}.{y}",
  "{dd}.{mm}.{y}",
  "{d}/{m}/{y}",
  "{d}-{m}-{y}",
  "{d}.{m}.{yy}",
  "{dd}/{mm}/{yy}",
];

/** The languages of the task: Latin, Cyrillic, Greek, Arabic, Hebrew and Devanagari letters, Chinese, Japanese, Korean. */
export const dateLocales: readonly DateLocale[] = [
  {
    tag: "en-US",
    ordinal: english,
    forms: [
      "{M} {o}, {y}",
      "{S} {d} {y}",
      "{S} {o} {y}",
      "{w} {S} {d}, {y}",
      "{M} {d}, '{yy}",
      "{S}/{d}/{y}",
    ],
  },
  {
    tag: "en-GB",
    ordinal: english,
    forms: ["{o} of {M} {yy}", "the {o} of {M}, {y}", "{o} {M} {y}", "{d}-{S}-{y}", "{W} the {o} of {M} {y}"],
  },
  {
    tag: "de",
    forms: [
      "{d}. {M} {yy}",
      "am {d}. {M} {y}",
      "{w}, {d}.{m}.{y}",
      "{W}, den {d}. {M} {y}",
      "{d}. {S} '{yy}",
    ],
  },
  {
    tag: "fr",
    ordinal: firstOnly("er"),
    forms: ["le {o} {M} {y}", "{W} {o} {M} {y}", "{o} {M} {yy}", "le {d}/{m}/{y}"],
  },
  { tag: "es", forms: ["el {d} de {M} de {y}", "{d} de {M} del {y}", "{d} {M} {yy}", "{d}-{S}-{y}"] },
  {
    tag: "pt",
    ordinal: firstOnly("º"),
    forms: ["dia {d} de {M} de {y}", "{o} de {M} de {y}", "{d} {S} {y}", "{d} de {M} de {yy}"],
  },
  { tag: "it", ordinal: firstOnly("º"), forms: ["il {o} {M} {y}", "{o} {M} '{yy}", "{w} {d}/{m}/{y}"] },
  { tag: "nl", forms: ["{d} {M} '{yy}", "op {d} {M} {y}", "{W} {d} {M} {yy}", "{d}-{S}-{y}"] },
  {
    tag: "sv",
    ordinal: swedish,
    forms: ["den {o} {M} {y}", "den {d} {M} {y}", "{d} {M} {yy}", "{w} {d}/{m} {y}"],
  },
  { tag: "pl", forms: ["{d} {M} {y} r.", "dnia {d} {M} {y}", "{d} {S} {yy}", "{W}, {d} {M} {yy} r."] },
  { tag: "tr", forms: ["{d} {M} '{yy}", "{d} {S} {y}, {w}", "{d}.{m}.{y} {W}"] },
  {
    tag: "ru",
    forms: ["{d} {M} {y} года", "{d}-го {M} {y}", "{d} {M} {yy} г.", "{d} {S} {y}", "{w} {d} {M} {y}"],
  },
  { tag: "uk", forms: ["{d} {M} {y} року", "{d}-го {M} {y}", "{d} {M} {yy} р.", "{w} {d} {M} {y}"] },
  { tag: "el", forms: ["{d} {M} του {y}", "στις {d} {M} {y}", "{d}η {M} {y}", "{d} {S} {yy}"] },
  { tag: "ja", forms: ["{y}年{mm}月{dd}日", "{y} 年 {m} 月 {d} 日", "{y}.{m}.{d} ({w})", "{y}/{m}/{d} {W}"] },
  { tag: "zh", forms: ["{y}年{m}月{d}号", "{y}年{m}月{d}号 {W}", "{y} 年 {m} 月 {d} 日", "{y}-{m}-{d} {w}"] },
  { tag: "ko", forms: ["{y}년 {m}월 {d}일에", "{y}.{mm}.{dd} ({w})", "{y}년{m}월{d}일", "{y}/{m}/{d} {W}"] },
  { tag: "ar-EG", forms: ["{d} {M} عام {y}", "{W} {d} {M} {y}", "يوم {d} {M} {y}", "{d} {M} {yy}"] },
  { tag: "he", forms: ["ב-{d} ב{M} {y}", "{d} {M} {y}", "{d} ב{S} {y}", "{W}, {d} ב{M} {yy}"] },
  { tag: "hi-u-nu-deva", forms: ["{d} {M}, {y}", "{d} {S} {y}", "दिनांक {d} {M} {y}", "{W} {d} {M} {yy}"] },
];
