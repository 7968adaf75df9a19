import type { DType } from "@saccade/core/backend";
import { load, stored } from "../../wgsl/operand.ts";

/** Part g of sequence b, step t, unit v, in a view `[B, T, G units]` of any strides. */
export function part(name: string, dtype: DType, g: number): string {
  return load(
    name,
    dtype,
    `P.${name}_o + b * P.${name}_0 + t * P.${name}_1 + (${g} * P.units + v) * P.${name}_2`,
  );
}

/** Part g of `parts` of sequence b, step t, unit v, in a row-major view. */
export function placeOf(name: string, parts: number, g: number, t = "t"): string {
  return `P.${name}_o + ((b * P.steps + ${t}) * ${parts} + ${g}) * P.units + v`;
}

/** Writes as many parts as there are expressions, of f32. */
export function store(name: string, dtype: DType, values: readonly string[]): string {
  const lines = values.map(
    (value, g) => `${name}[${placeOf(name, values.length, g)}] = ${stored(dtype, value)};`,
  );
  return lines.join("\n            ");
}
