import type { Result } from "../result.ts";

/**
 * How much a result is of what the machine gives at most, by what was measured in the same run: a rate in GFLOP/s of the
 * peak of so many cores; in `bandwidth` of the best copy with as many threads; where weights have to be read, what is read
 * per second of the best sum with as many threads. Null where nothing is known to be the limit.
 */
export function shareOfLimit(result: Result, all: readonly Result[]): number | null {
  const { work, unit, rate, threads, read_bytes, median_ms } = result;
  if (rate === null || median_ms === null || work === "peak") return null;
  if (work === "bandwidth") return over(rate, best(all, "bandwidth", threads, "copy"));
  if (read_bytes !== null) return over(read_bytes / 1e6 / median_ms, best(all, "read", threads));
  return unit === "GFLOP/s" ? over(rate, threads * best(all, "peak", 1)) : null;
}

function best(all: readonly Result[], work: string, threads: number, config?: string): number {
  const rivals = all.filter(
    (it) => it.work === work && it.threads === threads && (config === undefined || it.config === config),
  );
  return Math.max(0, ...rivals.map(({ rate }) => rate ?? 0));
}

function over(value: number, limit: number): number | null {
  return limit === 0 ? null : value / limit;
}
