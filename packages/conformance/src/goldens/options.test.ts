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
    cpu: {},
    list: false,
    verbose: false,
  });
});

test("how the cpu backend is made", () => {
  const options = parseOptions(["--dir", "x", "--simd", "baseline", "--blas", "off", "--threads", "2"]);
  expect(options?.cpu).toEqual({ simd: "baseline", blas: "off", threads: 2 });
});

test.each([
  [[], "required option '--dir <folder>' not specified"],
  [["--dir", "x", "--backend", "tpu"], "Allowed choices are reference, cpu, gpu, all"],
  [["--dir", "x", "--only", ","], "name at least one"],
  [["--dir", "x", "--dtype", "f64"], "--dtype f64 is for --backend reference (got all)"],
  [
    ["--dir", "x", "--backend", "reference", "--blas", "off"],
    "--blas is for the cpu backend (got --backend reference)",
  ],
  [["--dir", "x", "--simd", "avx"], "Allowed choices are auto, relaxed, baseline"],
  [["--dir", "x", "--threads", "0"], "must be a whole number from 1"],
  [["--dir", "x", "--bogus"], "unknown option '--bogus'"],
  [["--dir", "x", "y"], "too many arguments"],
])("wrong usage is one line: %j", (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
