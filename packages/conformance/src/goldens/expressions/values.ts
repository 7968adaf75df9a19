import { Tensor } from "@saccade/core";

/** What an expression can be. */
export type Value = Tensor | number | boolean | null | string | readonly Value[];

export function asTensor(value: Value | undefined, what: string): Tensor {
  if (value instanceof Tensor) return value;
  throw new Error(`${what} should be a tensor (got ${describe(value)})`);
}

export function asNumber(value: Value | undefined, what: string): number {
  if (typeof value === "number") return value;
  throw new Error(`${what} should be a number (got ${describe(value)})`);
}

/** Numbers, or one as a list. */
export function asNumbers(value: Value | undefined, what: string): number[] {
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) return value.map((item: Value) => asNumber(item, what));
  throw new Error(`${what} should be numbers (got ${describe(value)})`);
}

export function describe(value: Value | undefined): string {
  return value instanceof Tensor ? value.describe() : JSON.stringify(value ?? null);
}
