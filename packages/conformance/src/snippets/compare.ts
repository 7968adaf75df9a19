import { Tensor } from "@saccade/core";

/** What a documented value is compared as: tensors and typed arrays as plain (nested) arrays. */
export async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Tensor) return plain(await value.array());
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Uint8Array);
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  return value;
}

/** Equal, numbers to the four digits that documentation shows. */
export function alike(actual: unknown, expected: unknown): boolean {
  if (typeof actual === "number" && typeof expected === "number") {
    if (Object.is(actual, expected)) return true;
    return Math.abs(actual - expected) <= 1e-4 * Math.max(1, Math.abs(expected));
  }
  if (typeof actual !== "object" || typeof expected !== "object" || !actual || !expected)
    return Object.is(actual, expected);
  if (Array.isArray(actual) !== Array.isArray(expected)) return false;
  const left = Object.entries(actual);
  const right = new Map(Object.entries(expected));
  return (
    left.length === right.size && left.every(([key, value]) => right.has(key) && alike(value, right.get(key)))
  );
}
