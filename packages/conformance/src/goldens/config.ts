/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The options of a case, read by type: what is missing or of another type is an error that names it. */
export class Config {
  readonly values: Readonly<Record<string, Json>>;

  constructor(values: Readonly<Record<string, Json>> = {}) {
    this.values = values;
  }

  /** Whether an option is there and not null. */
  has(key: string): boolean {
    return (this.values[key] ?? null) !== null;
  }

  /** These options, with others in their place or beside them. */
  with(values: Readonly<Record<string, Json>>): Config {
    return new Config({ ...this.values, ...values });
  }

  number(key: string, otherwise?: number): number {
    return this.read(key, "a number", otherwise, (value) =>
      typeof value === "number" ? value : asInfinity(value),
    );
  }

  boolean(key: string, otherwise?: boolean): boolean {
    return this.read(key, "a boolean", otherwise, (value) =>
      typeof value === "boolean" ? value : undefined,
    );
  }

  string(key: string, otherwise?: string): string {
    return this.read(key, "a string", otherwise, (value) => (typeof value === "string" ? value : undefined));
  }

  /** A list of numbers; one number counts as a list of one. */
  numbers(key: string, otherwise?: readonly number[]): readonly number[] {
    return this.read(key, "numbers", otherwise, (value) => {
      if (typeof value === "number") return [value];
      return isNumbers(value) ? value : undefined;
    });
  }

  /** One number, or several. */
  numberOrNumbers(key: string, otherwise?: number | readonly number[]): number | readonly number[] {
    return this.read(key, "a number or numbers", otherwise, (value) =>
      typeof value === "number" || isNumbers(value) ? value : undefined,
    );
  }

  /** An object of options. */
  section(key: string): Config {
    return this.read(key, "an object", undefined, (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? new Config(value as Readonly<Record<string, Json>>)
        : undefined,
    );
  }

  private read<T>(
    key: string,
    kind: string,
    otherwise: T | undefined,
    convert: (value: Json) => T | undefined,
  ): T {
    const value = this.values[key] ?? null;
    if (value === null) {
      if (otherwise !== undefined) return otherwise;
      throw new Error(`config.${key} is missing (should be ${kind})`);
    }
    const converted = convert(value);
    if (converted === undefined)
      throw new Error(`config.${key} should be ${kind} (got ${JSON.stringify(value)})`);
    return converted;
  }
}

/** JSON has no infinities: they come as strings. */
function asInfinity(value: Json): number | undefined {
  if (value === "inf") return Number.POSITIVE_INFINITY;
  return value === "-inf" ? Number.NEGATIVE_INFINITY : undefined;
}

function isNumbers(value: Json): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
