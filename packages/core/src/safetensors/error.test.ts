import { describe, expect, it } from "vitest";
import { quote, SafetensorsError, showShape } from "./error.ts";

describe("SafetensorsError", () => {
  it("is an Error with a name, a code and a cause", () => {
    const cause = new TypeError("inner");
    const error = new SafetensorsError("header-not-utf8", "message", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SafetensorsError",
      code: "header-not-utf8",
      message: "message",
      cause,
    });
  });
});

describe("what errors quote", () => {
  it("is escaped and bounded", () => {
    expect(quote('a"\n')).toBe('"a\\"\\n"');
    expect(quote("n".repeat(1000))).toBe(`"${"n".repeat(80)}"… (1000 characters)`);
    expect(showShape([])).toBe("[]");
    expect(showShape([2, 3])).toBe("[2,3]");
    expect(showShape(new Array(17).fill(1))).toBe("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,… 17 sizes]");
  });
});
