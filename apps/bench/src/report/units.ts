const times: readonly string[] = ["us/op", "ms", "kB"];

/** Units of what one wants little of. */
export function lessIsBetter(unit: string): boolean {
  return times.includes(unit);
}

/** A rate that is the higher, the better a result is. */
export function goodness({
  rate,
  unit,
}: {
  readonly rate: number | null;
  readonly unit: string;
}): number | null {
  if (rate === null || rate <= 0) return null;
  return lessIsBetter(unit) ? 1 / rate : rate;
}

/** Four significant digits. */
export function digits(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
