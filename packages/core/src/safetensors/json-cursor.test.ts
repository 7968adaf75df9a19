import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SafetensorsError } from "./error.ts";
import { JsonCursor } from "./json-cursor.ts";

const cursorOf = (text: string) =>
  new JsonCursor(text, { what: "json", syntax: "header-not-json", form: "header-invalid" });

/** Reads the whole text as one value, as `read` does. */
function read<T>(text: string, how: (cursor: JsonCursor) => T): T {
  const cursor = cursorOf(text);
  const value = how(cursor);
  cursor.end();
  return value;
}

function isJson(text: string): boolean {
  try {
    read(text, (cursor) => cursor.skip());
    return true;
  } catch (error) {
    if (error instanceof SafetensorsError && error.code === "header-not-json") return false;
    throw error;
  }
}

describe("JsonCursor", () => {
  it("reads objects, arrays, strings, integers and null in order", () => {
    const seen: unknown[] = [];
    const cursor = cursorOf(' { "a" : [ 1 , 2 ] ,\t"b":"x","c":null,"d":{"deep":[{}]} } \r\n');
    cursor.object((key) => {
      if (key === "a") cursor.array((index) => seen.push([key, index, cursor.unsigned()]));
      else if (key === "b") seen.push([key, cursor.string()]);
      else if (key === "c") seen.push([key, cursor.null()]);
      else seen.push([key, cursor.null(), cursor.skip()]);
    });
    cursor.end();
    expect(seen).toEqual([
      ["a", 0, 1],
      ["a", 1, 2],
      ["b", "x"],
      ["c", true],
      ["d", false, undefined],
    ]);
  });

  it.each([
    '"a"',
    '""',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00"',
    '"é层😀\u007f\u2028"',
    '"\\u0000"',
  ])("reads the string %s as JSON.parse does", (text) => {
    expect(read(text, (cursor) => cursor.string())).toBe(JSON.parse(text));
  });

  it.each(["0", "7", "9007199254740991", "18446744073709551615"])("reads the integer %s", (text) => {
    expect(read(text, (cursor) => cursor.unsigned())).toBe(Number(text));
  });

  it.each([
    "-1",
    "-0",
    "0.0",
    "1e0",
    "1E2",
    "18446744073709551616",
    "123456789012345678901234567890",
    '"1"',
    "null",
    "[]",
    "true",
  ])("takes %s for no non-negative integer", (text) => {
    expect(() => read(text, (cursor) => cursor.unsigned())).toThrow(
      expect.objectContaining({
        code: "header-invalid",
        message: expect.stringContaining(text.slice(0, 40)),
      }),
    );
  });

  it("names the path, what it wanted and what it got", () => {
    const cursor = cursorOf('{"a": {"shape": [1, "x"]}}');
    expect(() => cursor.object(() => cursor.object(() => cursor.array(() => cursor.unsigned())))).toThrow(
      'json["a"]["shape"][1] must be a non-negative integer, got "x"',
    );
    expect(() => read("[1", (c) => c.skip())).toThrow(
      `json[0] is not JSON: expected ',' or ']', got its end`,
    );
    expect(() => read("{}x", (c) => c.skip())).toThrow(
      'json is not JSON: expected its end, got "x" at character 2',
    );
  });

  it.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"__proto__":1,"__proto__":1}'])("refuses %s", (text) => {
    const cursor = cursorOf(text);
    expect(() => cursor.object(() => cursor.skip())).toThrow(
      expect.objectContaining({ code: "duplicate-key" }),
    );
  });

  it("nests 127 levels and no more", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    expect(isJson(nested(127))).toBe(true);
    expect(isJson(nested(128))).toBe(false);
    expect(isJson("[".repeat(5_000_000))).toBe(false);
    expect(isJson('{"a":'.repeat(1_000_000))).toBe(false);
  });

  it("accepts exactly the JSON that JSON.parse accepts, lone surrogates and infinities aside", () => {
    const token = fc.constantFrom(
      ...[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        '"a"',
        '""',
        "\\",
        "\\n",
        "\\u0041",
        "\\u00",
        "0",
        "-",
        "1",
        "01",
        ".",
      ],
      ...[
        "e",
        "E",
        "+",
        "1e5",
        "-0.5",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\t",
        "\n",
        "\f",
        "\u00a0",
        "\u0000",
        "é",
      ],
    );
    const text = fc.oneof(
      fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join("")),
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), token).map(([json, at, other]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + other + json.slice(cut + 1);
      }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        fc.pre(!/\\ud[89a-f]|[0-9]e\+?[0-9]{3}/i.test(candidate));
        expect(isJson(candidate)).toBe(parses(candidate));
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['"\\ud800"', '"\\udc00"', '"\\ud800\\u0041"', '"\\ud800x"'])(
    "refuses the lone surrogate of %s",
    (text) => {
      expect(isJson(text)).toBe(false);
    },
  );

  it("takes linear time for millions of escapes, items and digits", () => {
    const start = performance.now();
    expect(isJson(`"${"\\n".repeat(3_000_000)}"`)).toBe(true);
    expect(isJson(`[${'"",'.repeat(2_000_000)}0]`)).toBe(true);
    expect(isJson("1".repeat(10_000_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("refuses numbers that are no doubles", () => {
    expect(isJson("1e999")).toBe(false);
    expect(isJson("-1e999")).toBe(false);
    expect(isJson("1e-999")).toBe(true);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
