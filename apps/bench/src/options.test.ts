import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addOptions, type Options } from "./options.ts";
import { selectWorks } from "./works/index.ts";

function parse(...args: string[]): Options {
  const command = addOptions(new Command("bench"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: "user" }).opts();
}

test("lists and defaults", () => {
  expect(parse()).toEqual({
    backend: "cpu",
    peers: [],
    matrices: ["on"],
    threads: [1],
    simd: ["auto"],
    blas: ["off"],
    rounds: 4,
    seconds: 0.12,
    patience: 20,
  });
  expect(parse("--threads", "1,2", "--blas", "off,auto")).toMatchObject({
    threads: [1, 2],
    blas: ["off", "auto"],
  });
});

test.each([
  ["--threads", "0"],
  ["--threads", "1,x"],
  ["--simd", "avx"],
  ["--matrices", "auto"],
  ["--seconds", "0"],
  ["--rounds", "1.5"],
])("%s %s is an error", (option, value) => {
  expect(() => parse(option, value)).toThrow("must be");
});

describe("selectWorks", () => {
  test("by name and by config", () => {
    expect(selectWorks([]).map(({ name }) => name)).toEqual([
      "matmul",
      "attention",
      "attention-variants",
      "bandwidth",
      "step",
      "rnn",
      "read",
      "decode",
      "dispatch",
      "startup",
      "tokenizers",
    ]);
    expect(() => selectWorks(["attention"], "T 4096")).toThrow('no config contains "T 4096"');
    expect(selectWorks(["attention"], "T 4096", true)[0].configs).toHaveLength(4);
    expect(selectWorks(["matmul"], "[64,").flatMap(({ configs }) => configs)).toHaveLength(1);
  });

  test("on a GPU, at its own sizes", () => {
    const names = selectWorks([], "", false, undefined, "gpu").map(({ name }) => name);
    expect(names).toEqual([
      "matmul",
      "attention",
      "attention-variants",
      "bandwidth",
      "step",
      "rnn",
      "read",
      "decode",
      "dispatch",
    ]);
    const [step] = selectWorks(["step"], "GPT-2", false, undefined, "gpu");
    expect(step.configs.map(({ amount }) => amount)).toEqual([8192, 8192]);
    expect(() => selectWorks(["startup"], "", false, undefined, "gpu")).toThrow('unknown work "startup"');
  });

  test("a text is for the tokenizers", () => {
    const file = fileURLToPath(import.meta.url);
    const [work] = selectWorks(["tokenizers"], "r50k, options.test.ts", false, file);
    expect(work.configs).toHaveLength(1);
    expect(() => selectWorks(["step"], "", false, file)).toThrow("it is for tokenizers");
    expect(() => selectWorks([], "", false, "/nowhere/text.txt")).toThrow("no such file");
  });

  test("says what there is", () => {
    expect(() => selectWorks(["conv"])).toThrow(
      'unknown work "conv" (known: matmul, attention, attention-variants, bandwidth, step, rnn, read, decode, dispatch, startup, tokenizers)',
    );
    expect(() => selectWorks([], "nowhere")).toThrow('no config contains "nowhere"');
  });
});
