/** Where rows are among those of a larger tensor: along the axis before the last, `first` is the first of them, of `of`. */
export interface RowSlice {
  readonly first: number;
  readonly of: number;
}

/**
 * What probability p of dropping is in 65,536ths: an element is kept if its 16 random bits are `least` or more, and
 * multiplied by `factor`, so that its expectation is that of x. Where p rounds to 1 nothing is kept.
 */
export function keepRule(p: number): { readonly least: number; readonly factor: number } {
  const least = Math.round(p * 65536);
  return { least, factor: least === 65536 ? 0 : 65536 / (65536 - least) };
}
