import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { saccade, temporaryFolder } from "./testing/cli.ts";

const commands = [
  [],
  ["train"],
  ["train", "dates"],
  ["train", "lm"],
  ["predict"],
  ["sample"],
  ["tokenize"],
  ["train-tokenizer"],
  ["info"],
];

describe("help", () => {
  it.each(commands.map((command) => [command]))("saccade %j --help", async (command) => {
    const { code, stdout } = await saccade([...command, "--help"], temporaryFolder());
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: saccade");
    // Every option and command is described.
    for (const line of stdout.split("\n").filter((text) => /^ {2}\S/.test(text)))
      expect(line.trim()).toMatch(/\s{2,}\S|^.{30,}$/);
  });
});

describe("mistakes give one line and exit code 2", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "config.json"), JSON.stringify({ task: "dates", steps: -1 }));
  const broken = temporaryFolder();
  writeFileSync(join(broken, "config.json"), "{");
  writeFileSync(join(broken, "short.txt"), "too short");
  const cases: [string, string[], RegExp][] = [
    ["an unknown command", ["tarin"], /unknown command 'tarin'/],
    ["an unknown option", ["train", "dates", "--stepz", "3"], /unknown option '--stepz'/],
    ["a number that is none", ["train", "dates", "--steps", "many"], /--steps.*many.*whole number/],
    ["a probability that is none", ["train", "dates", "--dropout", "2"], /--dropout.*from 0 to 0.99/],
    ["an unknown backend", ["train", "dates", "--backend", "tpu"], /--backend.*cpu, gpu, reference/],
    [
      "an adapter of the cpu",
      ["info", "--adapter", "software"],
      /--adapter is for --backend gpu \(got cpu\)/,
    ],
    ["experiments of the cpu", ["info", "--experimental"], /--experimental is for --backend gpu \(got cpu\)/],
    [
      "threads of another",
      ["info", "--backend", "reference", "--threads", "2"],
      /--threads is for --backend cpu/,
    ],
    ["no text", ["train", "lm"], /--data <file>/],
    ["a missing text", ["train", "lm", "--data", "absent.txt"], /cannot read .*absent\.txt/],
    [
      "a short text",
      ["train", "lm", "--data", join(broken, "short.txt"), "--backend", "reference"],
      /too short/,
    ],
    [
      "heads that do not divide",
      ["train", "lm", "--data", join(broken, "short.txt"), "--num-heads", "3"],
      /128 is not a multiple/,
    ],
    ["dates' heads", ["train", "dates", "--embed-dim", "20", "--num-heads", "3"], /20 is not a multiple/],
    ["a dtype that the backend lacks", ["train", "dates", "--dtype", "f16"], /cpu backend has no f16/],
    [
      "the same for a text",
      ["train", "lm", "--data", join(broken, "short.txt"), "--dtype", "f16"],
      /cpu backend has no f16/,
    ],
    ["no run", ["predict", "nowhere", "1 May 2020"], /nowhere is not a run folder/],
    ["a config that is none", ["predict", broken, "1 May 2020"], /config\.json is not JSON/],
    ["a config that does not fit", ["predict", folder, "1 May 2020"], /steps/],
    ["no tokenizer", ["tokenize", "nowhere", "a"], /there is no file or folder nowhere/],
    ["a tokenizer that is none", ["tokenize", broken, "a"], /has none of tokenizer\.json/],
    ["a text and a file", ["tokenize", broken, "a", "--file", "b"], /cannot be used together/],
    ["nothing to resume", ["train", "dates", "--resume"], /no run to resume/],
    ["steps with --resume", ["train", "dates", "--resume", "y", "--steps", "9"], /cannot be used with/],
    ["a width with --resume", ["train", "lm", "--resume", "y", "--embed-dim", "8"], /cannot be used with/],
    ["--out with --resume", ["train", "dates", "--out", "x", "--resume", "y"], /cannot be used with/],
  ];
  it.each(cases)("%s", async (_, args, message) => {
    const cwd = temporaryFolder();
    const { code, stderr } = await saccade(args, cwd);
    expect(stderr).toMatch(message);
    expect(readdirSync(cwd)).toEqual([]); // no run was begun
    expect(code).toBe(2);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2); // commander may add a suggestion
  });
});
