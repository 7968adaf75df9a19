import { expect, test } from "vitest";
import { ComponentFields, readByType } from "./component-json.ts";
import { TokenizerFormatError } from "./errors.ts";

test("fields are read by kind, with fallbacks; null counts as absent", () => {
  const json = { type: "Strip", content: " ", start: 1, stop: null, on: true, mode: "never", list: [1] };
  const fields = new ComponentFields(json, "decoder", "Strip");
  expect(fields.char("content")).toBe(" ");
  expect(fields.integer("start")).toBe(1);
  expect(fields.integer("stop", 0)).toBe(0);
  expect(fields.optional("stop", "integer")).toBeUndefined();
  expect(fields.boolean("on")).toBe(true);
  expect(fields.oneOf("mode", ["always", "never"])).toBe("never");
  expect(fields.list("list")).toEqual([1]);
  expect(() => fields.end()).not.toThrow();
});

test("a field that nobody read, a wrong kind, a missing one: each by name", () => {
  const fields = new ComponentFields({ type: "A", x: "ab", y: 1 }, "normalizer.normalizers[1]", "A");
  expect(() => fields.char("x")).toThrow(
    new TokenizerFormatError(
      `normalizer.normalizers[1].x: not one character (got "ab")`,
      "normalizer.normalizers[1].x",
    ),
  );
  expect(() => fields.string("z")).toThrow("normalizer.normalizers[1].z: a string is missing");
  expect(() => fields.end()).toThrow('there is no field "y" (known: type, x, z; got 1)');
  expect(() => fields.oneOf("y", ["a", "b"])).toThrow('not one of "a", "b" (got 1)');
});

test("types that do not fit, and what is no object at all", () => {
  expect(() => new ComponentFields([], "model")).toThrow("model: not an object (got [])");
  expect(() => new ComponentFields({ type: "B" }, "model", "A")).toThrow('model.type: not "A" (got "B")');
  const readers = { A: () => 1 };
  expect(readByType("model", readers, { type: "A" }, "model")).toBe(1);
  expect(() => readByType("model", readers, { type: "toString" }, "model")).toThrow(
    'model: there is no model of type "toString" (known: A)',
  );
  expect(() => readByType("model", readers, { type: 1 }, "model")).toThrow(TokenizerFormatError);
  expect(() => readByType("model", readers, null, "model")).toThrow("not an object (got null)");
});

test("nesting has an end", () => {
  const read = (json: unknown, path: string): number =>
    readByType("model", { A: (inner, at) => read((inner as { a: unknown }).a, `${at}.a`) }, json, path);
  let json: unknown = { type: "A" };
  for (let depth = 0; depth < 100_000; depth++) json = { type: "A", a: json };
  expect(() => read(json, "model")).toThrow("components are nested too deeply");
});
