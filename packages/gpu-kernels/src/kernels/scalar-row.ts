import type { DType } from "@saccade/core/backend";

/** A scalar function in WGSL: an expression for each dtype, and the library functions that they call. Halves are f32. */
export interface ScalarRow {
  readonly f32?: string;
  readonly i32?: string;
  readonly u8?: string;
  readonly uses?: readonly string[];
}

/** An expression, and the library functions that it calls. */
export interface ScalarFunction {
  readonly expression: string;
  readonly uses: () => readonly string[];
}

/** The function of numbers of this dtype. */
export function scalarFunction(name: string, row: ScalarRow, dtype: DType): ScalarFunction {
  const expression = dtype === "f64" ? undefined : row[dtype === "f16" ? "f32" : dtype];
  if (expression === undefined) throw new RangeError(`${name}: there is none of ${dtype}`);
  return { expression, uses: () => (row.uses ?? []).filter((used) => expression.includes(used)) };
}
