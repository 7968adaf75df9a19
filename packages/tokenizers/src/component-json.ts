import { show, TokenizerFormatError } from "./errors.ts";

/** Reads one component from JSON; `path` says where it stands, for error messages: `normalizer.normalizers[1]`. */
export type ComponentReader<T> = (json: unknown, path: string) => T;

/**
 * The fields of a JSON object, each checked as it is read. A field that is `null` counts as absent. `end()`
 * throws for every field that nobody asked for: a field that is not understood might change results.
 */
export class ComponentFields {
  readonly path: string;
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #known = new Set<string>();

  /** @param type  what the field `type` must say; without it the object has no such field */
  constructor(json: unknown, path: string, type?: string) {
    this.path = path;
    if (!isRecord(json)) throw new TokenizerFormatError(`${path}: not an object (got ${show(json)})`, path);
    this.#json = json;
    if (type === undefined) return;
    const found = this.#read("type");
    if (found !== type) throw this.error("type", `not ${show(type)}`, found);
  }

  /** Whether the field is there and not `null`. */
  has(name: string): boolean {
    this.#known.add(name);
    return Object.hasOwn(this.#json, name) && (this.#json[name] ?? null) !== null;
  }

  /** The field as it is, unchecked; `undefined` where it is absent or `null`. */
  raw(name: string): unknown {
    return this.#read(name);
  }

  /** Where a field stands: `normalizer.content`. */
  pathOf(name: string): string {
    return `${this.path}.${name}`;
  }

  string(name: string, fallback?: string): string {
    return this.#checked(name, "a string", isString, fallback);
  }

  /** Exactly one Unicode character (a Rust `char`). */
  char(name: string, fallback?: string): string {
    return this.#checked(name, "one character", isChar, fallback);
  }

  boolean(name: string, fallback?: boolean): boolean {
    return this.#checked(name, "true or false", isBoolean, fallback);
  }

  /** A finite number. */
  number(name: string, fallback?: number): number {
    return this.#checked(name, "a number", isNumber, fallback);
  }

  /** A whole number that is not negative. */
  integer(name: string, fallback?: number): number {
    return this.#checked(name, "a whole number, 0 or more", isCount, fallback);
  }

  oneOf<const T extends string>(name: string, values: readonly T[], fallback?: T): T {
    const isOne = (value: unknown): value is T => (values as readonly unknown[]).includes(value);
    return this.#checked(name, `one of ${values.map(show).join(", ")}`, isOne, fallback);
  }

  list(name: string, fallback?: readonly unknown[]): readonly unknown[] {
    return this.#checked(name, "a list", isList, fallback);
  }

  record(name: string, fallback?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return this.#checked(name, "an object", isRecord, fallback);
  }

  /** `undefined` where the field is absent or `null`, else what `read` makes of it: `fields.optional("x", "string")`. */
  optional<M extends "string" | "char" | "boolean" | "number" | "integer" | "list" | "record">(
    name: string,
    method: M,
  ): ReturnType<ComponentFields[M]> | undefined {
    return this.has(name) ? (this[method](name) as ReturnType<ComponentFields[M]>) : undefined;
  }

  /** A component inside of this one. */
  component<T>(name: string, read: ComponentReader<T>): T {
    return read(this.raw(name), this.pathOf(name));
  }

  /** A list of components inside of this one. */
  components<T>(name: string, read: ComponentReader<T>): T[] {
    return this.list(name).map((json, i) => read(json, `${this.pathOf(name)}[${i}]`));
  }

  /** All fields have been read, or this throws by name. */
  end(): void {
    for (const name of Object.keys(this.#json)) {
      if (this.#known.has(name)) continue;
      const known = [...this.#known].join(", ");
      throw new TokenizerFormatError(
        `${this.path}: there is no field ${show(name)} (known: ${known}; got ${show(this.#json[name])})`,
        this.pathOf(name),
      );
    }
  }

  /** The error for a field that is not what it should be: `throw fields.error("prepend", "empty", "")`. */
  error(name: string, what: string, got: unknown): TokenizerFormatError {
    return new TokenizerFormatError(`${this.pathOf(name)}: ${what} (got ${show(got)})`, this.pathOf(name));
  }

  #read(name: string): unknown {
    this.#known.add(name);
    return Object.hasOwn(this.#json, name) ? (this.#json[name] ?? undefined) : undefined;
  }

  #checked<T>(name: string, what: string, is: (value: unknown) => value is T, fallback: T | undefined): T {
    const value = this.#read(name) ?? fallback;
    if (is(value)) return value;
    throw this.error(name, value === undefined ? `${what} is missing` : `not ${what}`, value);
  }
}

/**
 * Reads a component by its `type`; a type that is not in `readers` throws, by name.
 *
 * @param role  what it is called in the message: `"normalizer"`
 */
export function readByType<T>(
  role: string,
  readers: Readonly<Record<string, ComponentReader<T>>>,
  json: unknown,
  path: string,
): T {
  if (!isRecord(json)) throw new TokenizerFormatError(`${path}: not an object (got ${show(json)})`, path);
  if (path.length > 2000) {
    throw new TokenizerFormatError(`${path.slice(0, 60)}...: components are nested too deeply`, path);
  }
  const { type } = json;
  const read = isString(type) && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read !== undefined) return read(json, path);
  throw new TokenizerFormatError(
    `${path}: there is no ${role} of type ${show(type)} (known: ${Object.keys(readers).join(", ")})`,
    `${path}.type`,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isChar(value: unknown): value is string {
  return typeof value === "string" && value.length <= 2 && [...value].length === 1;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
