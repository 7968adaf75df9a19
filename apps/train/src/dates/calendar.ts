/** Which part of the data an example is for. The two share no date, hence no text. */
export type DateSplit = "train" | "heldOut";

/** A day of the Gregorian calendar. `weekday` 0 is Sunday; `month` is 1 to 12. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** `YYYY-MM-DD` */
  readonly iso: string;
}

/** The years in which a year of two digits has one meaning: 50 to 99 are 1950 to 1999, 00 to 49 are 2000 to 2049. */
export const firstYear = 1950;
export const lastYear = 2049;

/** One date in this many is held out. */
export const heldOutOneIn = 10;

/**
 * Which split a date belongs to, whatever the seed: FNV-1a (32 bits) of the ISO text, one in ten held out.
 *
 * @param iso  `YYYY-MM-DD`
 * @see Fowler, Noll, Vo; RFC 9923
 * @example splitOf("2021-03-03"); // => "train"
 */
export function splitOf(iso: string): DateSplit {
  let hash = 0x811c9dc5;
  for (let i = 0; i < iso.length; i++) hash = Math.imul(hash ^ iso.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15; // FNV's low bits alone are uneven over dates
  return (Math.imul(hash, 0x2c1b3c6d) >>> 8) % heldOutOneIn === 0 ? "heldOut" : "train";
}

/**
 * Every day of a span of years, by split.
 *
 * @param from  first year, `to` last year, both included
 * @example daysOf(2021, 2021).train.length + daysOf(2021, 2021).heldOut.length; // => 365
 */
export function daysOf(from: number, to: number): Record<DateSplit, CalendarDay[]> {
  const days: Record<DateSplit, CalendarDay[]> = { train: [], heldOut: [] };
  const date = new Date(Date.UTC(from, 0, 1));
  for (; date.getUTCFullYear() <= to; date.setUTCDate(date.getUTCDate() + 1)) {
    const iso = date.toISOString().slice(0, 10);
    days[splitOf(iso)].push({
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      iso,
    });
  }
  return days;
}
