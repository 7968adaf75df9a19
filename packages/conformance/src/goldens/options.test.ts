import { afterEach, expect, test, vi } from "vitest";
import { UsageError } from "./case-list.ts";
import { parseOptions } from "./options.ts";

afterEach(() => vi.unstubAllEnvs());

test("defaults, and lists of names", () => {
  vi.stubEnv("INIT_CWD", "/home/me");
  expect(parseOptions(["--dir", "goldens", "--only", "ops,hf", "--only", "ops_conv/x"])).toEqual({
    dir: "/home/me/goldens",
    backend: "all",
    only: ["ops", "hf", "ops_conv/x"],
    dtype: "f32",
    list: false,
    verbose: false,
  });
});

test.each([
  [[], "required option '--dir <folder>' not specified"],
  [["--dir", "x", "--backend", "gpu"], "Allowed choices are reference, cpu, all"],
  [["--dir", "x", "--only", ","], "name at least one"],
  [["--dir", "x", "--dtype", "f64"], "--dtype f64 is for --backend reference (got all)"],
  [["--dir", "x", "--bogus"], "unknown option '--bogus'"],
  [["--dir", "x", "y"], "too many arguments"],
])("wrong usage is one line: %j", (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
