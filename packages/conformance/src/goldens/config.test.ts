import { expect, test } from "vitest";
import { Config } from "./config.ts";

const config = new Config({
  dim: -1,
  p: "inf",
  list: [1, 2],
  none: null,
  on: true,
  name: "x",
  inner: { k: 2 },
});

test("reads options by type", () => {
  expect(config.number("dim")).toBe(-1);
  expect(config.number("p")).toBe(Number.POSITIVE_INFINITY);
  expect(config.numbers("dim")).toEqual([-1]);
  expect(config.numberOrNumbers("list")).toEqual([1, 2]);
  expect(config.boolean("on")).toBe(true);
  expect(config.section("inner").number("k")).toBe(2);
});

test("null and missing options take the default", () => {
  expect(config.has("none")).toBe(false);
  expect(config.number("none", 3)).toBe(3);
  expect(config.string("missing", "mean")).toBe("mean");
});

test("names what is missing or of another type", () => {
  expect(() => config.number("missing")).toThrow("config.missing is missing (should be a number)");
  expect(() => config.number("name")).toThrow('config.name should be a number (got "x")');
  expect(() => config.numbers("name", [1])).toThrow("config.name should be numbers");
});

test("with() puts others in place", () => {
  expect(config.with({ dim: 2 }).number("dim")).toBe(2);
  expect(config.number("dim")).toBe(-1);
});
