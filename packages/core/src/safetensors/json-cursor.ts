import { quote, SafetensorsError, type SafetensorsErrorCode } from "./error.ts";

const MAX_DEPTH = 127; // as the official reader's JSON parser
const MAX_U64 = 2n ** 64n - 1n;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Who reads which text, and the codes of the two kinds of error. */
export interface JsonSource {
  /** Begins every message: `parseSafetensors: the header`. */
  readonly what: string;
  /** Not JSON (RFC 8259). */
  readonly syntax: SafetensorsErrorCode;
  /** JSON, but another kind of value than was asked for. */
  readonly form: SafetensorsErrorCode;
}

/**
 * Reads JSON from left to right, one expected value after the other, without building it.
 *
 * `JSON.parse` would hide duplicate keys, take `0.0` for the integer `0`, round integers above 2^53 and build
 * whatever a hostile file asks for; this reads in linear time and keeps only what its caller keeps. Nesting
 * is bounded by 127 levels.
 *
 * @throws SafetensorsError of `source.syntax`, `source.form` or `duplicate-key`, with the path to the value
 * @example
 * const source = { what: "example", syntax: "header-not-json", form: "header-invalid" } as const;
 * const cursor = new JsonCursor('{"a": [1, 2]}', source);
 * const seen: (string | number)[] = [];
 * cursor.object((key) => cursor.array(() => seen.push(key, cursor.unsigned())));
 * cursor.end();
 * seen; // => ["a", 1, "a", 2]
 */
export class JsonCursor {
  readonly #text: string;
  readonly #source: JsonSource;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string, source: JsonSource) {
    this.#text = text;
    this.#source = source;
  }

  /** Reads an object; `onEntry` must read the value of the key that it is given. Keys are unique. */
  object(onEntry: (key: string) => void): void {
    if (this.#peek() !== "{") this.#expected("an object");
    const keys = new Set<string>();
    this.#entries((key) => {
      if (keys.has(key)) this.#fail("duplicate-key", `has the key ${quote(key)} twice`);
      keys.add(key);
      onEntry(key);
    });
  }

  /** Reads an array; `onItem` must read the item. */
  array(onItem: (index: number) => void): void {
    if (this.#peek() !== "[") this.#expected("an array");
    this.#items(onItem);
  }

  /** Reads a string. */
  string(): string {
    if (this.#peek() !== '"') this.#expected("a string");
    return this.#string();
  }

  /** Reads an integer literal in [0, 2^64), rounded to a double above 2^53. */
  unsigned(): number {
    const literal = this.#number();
    if (literal === null) this.#expected("a non-negative integer");
    const isInteger =
      /^[0-9]+$/.test(literal) && (literal.length < 20 || BigInt(literal.slice(0, 21)) <= MAX_U64);
    if (!isInteger)
      this.#fail(this.#source.form, `must be an integer in [0, 2^64), got ${literal.slice(0, 40)}`);
    return Number(literal);
  }

  /** Reads `null` if that is what comes next. */
  null(): boolean {
    return this.#peek() === "n" && this.#keyword("null");
  }

  /** Reads any value and forgets it. */
  skip(): void {
    const next = this.#peek();
    if (next === "{") this.#entries(() => this.skip());
    else if (next === "[") this.#items(() => this.skip());
    else if (next === '"') this.#string();
    else if (!this.#keyword("true") && !this.#keyword("false") && !this.#keyword("null")) this.#skipNumber();
  }

  /** Demands that nothing but white space is left. */
  end(): void {
    if (this.#peek() !== "") this.#syntax("expected its end");
  }

  #entries(onEntry: (key: string) => void): void {
    this.#enter();
    if (!this.#take("}")) {
      do {
        if (this.#peek() !== '"') this.#syntax("expected a key");
        const key = this.#string();
        if (!this.#take(":")) this.#syntax("expected ':'");
        const last = this.#path.length - 1;
        this.#path[last] = key;
        onEntry(key);
        this.#path[last] = "";
      } while (this.#take(","));
      if (!this.#take("}")) this.#syntax("expected ',' or '}'");
    }
    this.#path.pop();
  }

  #items(onItem: (index: number) => void): void {
    this.#enter();
    if (!this.#take("]")) {
      let index = 0;
      do {
        this.#path[this.#path.length - 1] = index;
        onItem(index++);
      } while (this.#take(","));
      if (!this.#take("]")) this.#syntax("expected ',' or ']'");
    }
    this.#path.pop();
  }

  #enter(): void {
    if (this.#path.length === MAX_DEPTH)
      this.#fail(this.#source.syntax, `is nested deeper than ${MAX_DEPTH} levels`);
    this.#at++;
    this.#path.push("");
  }

  #string(): string {
    const start = this.#at++;
    let isEscaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at++);
      if (code === 0x22) break;
      if (code === 0x5c) {
        isEscaped = true;
        this.#at++;
      } else if (!(code >= 0x20)) this.#syntax("an unterminated string or a control character in one"); // NaN: the end
    }
    return isEscaped ? this.#unescape(start) : this.#text.slice(start + 1, this.#at - 1);
  }

  #unescape(start: number): string {
    const value = parseString(this.#text.slice(start, this.#at));
    if (value !== null && !LONE_SURROGATE.test(value)) return value;
    this.#at = start;
    this.#syntax("an invalid escape in a string");
  }

  /** The literal, or null where none begins here. */
  #number(): string | null {
    this.#peek();
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) return null;
    this.#at += literal.length;
    return literal;
  }

  #skipNumber(): void {
    const literal = this.#number();
    if (literal === null) this.#syntax("expected a value");
    if (!Number.isFinite(Number(literal)))
      this.#syntax(`number ${literal.slice(0, 40)} out of range before here`);
  }

  #keyword(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** The next character that is not white space; "" at the end. */
  #peek(): string {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)
        return this.#text.charAt(this.#at);
      this.#at++;
    }
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  /** JSON of another kind is of the wrong form; what is no JSON at all is a syntax error. */
  #expected(kind: string): never {
    const start = this.#at;
    this.skip();
    const got = this.#text.slice(start, Math.min(this.#at, start + 40));
    this.#fail(this.#source.form, `must be ${kind}, got ${got}${this.#at > start + 40 ? "…" : ""}`);
  }

  #syntax(problem: string): never {
    const got = this.#text.slice(this.#at, this.#at + 20);
    const found = got === "" ? "its end" : JSON.stringify(got);
    this.#fail(this.#source.syntax, `is not JSON: ${problem}, got ${found} at character ${this.#at}`);
  }

  #fail(code: SafetensorsErrorCode, problem: string): never {
    const path = this.#path.map((step) =>
      typeof step === "number" ? `[${step}]` : step && `[${quote(step)}]`,
    );
    throw new SafetensorsError(code, `${this.#source.what}${path.join("")} ${problem}`);
  }
}

/** A quoted string, or null where it is none; one engine call, so that a megabyte of escapes costs a megabyte. */
function parseString(literal: string): string | null {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
