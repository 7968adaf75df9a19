import { ArgumentError } from "./errors.ts";
import { Key } from "./random/key.ts";
import { Tensor } from "./tensor.ts";

/** The names that an options object may have; the type makes a list without one of them an error. */
export type OptionNames<T> = { readonly [N in keyof Required<T>]: true };

/** What something is, for messages. */
export function describeValue(x: unknown): string {
  if (x === null || typeof x !== "object") return typeof x === "function" ? "a function" : String(x);
  return "describe" in x && typeof x.describe === "function" ? String(x.describe()) : x.constructor.name;
}

/**
 * Of programs without types, anything may come.
 *
 * @throws ArgumentError unless each of the values is a tensor
 */
export function requireTensors(owner: string, values: Readonly<Record<string, Tensor>>): void {
  for (const name in values) {
    const value = values[name];
    if (value instanceof Tensor) continue;
    throw new ArgumentError(`${owner}: ${name} must be a tensor (got ${describeValue(value)})`);
  }
}

/**
 * @param owner  begins the message
 * @throws ArgumentError if `options` is no object of options, or has a name that `names` lacks: no option is ever ignored
 */
export function requireKnown<T extends object>(owner: string, options: T, names: OptionNames<T>): void {
  if (typeof options !== "object" || options === null || options instanceof Tensor) {
    throw new ArgumentError(
      `${owner}: takes an object of options (known: ${Object.keys(names).sort().join(", ")}; got ${describeValue(options)})`,
    );
  }
  for (const name in options) {
    if (Object.hasOwn(names, name) || !Object.hasOwn(options, name)) continue;
    throw new ArgumentError(
      `${owner}: unknown option "${name}" (known: ${Object.keys(names).sort().join(", ")})`,
    );
  }
}

/** @throws ArgumentError unless the options of a module that draws its weights have a key, `{ key: new Key(0) }` */
export function requireKey(owner: string, options: { readonly key: Key } | undefined): void {
  if (options?.key instanceof Key) return;
  throw new ArgumentError(
    `${owner}: needs { key: new Key(seed) }, of which it draws its weights (got ${describeValue(options?.key ?? options)})`,
  );
}

/** @throws ArgumentError unless the value is a positive integer */
export function requirePositiveInteger(owner: string, name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new ArgumentError(`${owner}: ${name} must be a positive integer (got ${value})`);
}

/** @throws ArgumentError unless the value is a probability that leaves something: in [0, 1) */
export function requireDropout(owner: string, name: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new ArgumentError(`${owner}: ${name} must be in [0, 1) (got ${value})`);
}
