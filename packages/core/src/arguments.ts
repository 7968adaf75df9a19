import { ArgumentError } from "./errors.ts";

/** The names that an options object may have; the type makes a list without one of them an error. */
export type OptionNames<T> = { readonly [N in keyof Required<T>]: true };

/**
 * @param owner  begins the message
 * @throws ArgumentError if `options` has a name that `names` lacks: no option is ever ignored
 */
export function requireKnown<T extends object>(owner: string, options: T, names: OptionNames<T>): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw new ArgumentError(
      `${owner}: unknown option "${name}" (known: ${Object.keys(names).sort().join(", ")})`,
    );
  }
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
