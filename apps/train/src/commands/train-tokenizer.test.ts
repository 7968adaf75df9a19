import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PipelineTokenizer } from "@saccade/tokenizers";
import { describe, expect, it } from "vitest";
import { saccade, temporaryFolder } from "../testing/cli.ts";

const folder = temporaryFolder();
writeFileSync(join(folder, "a.txt"), "low lower lowest\nnew newer newest\n".repeat(20));
writeFileSync(join(folder, "b.txt"), "wide wider widest\n".repeat(20));
writeFileSync(join(folder, "latin1.txt"), Buffer.from([0x61, 0xe9, 0x0a]));

const load = (name: string) =>
  PipelineTokenizer.fromJSON(JSON.parse(readFileSync(join(folder, name), "utf8")));

describe("saccade train-tokenizer", () => {
  it.each([
    ["bpe", 280, "lowest", ["lo", "west"]],
    ["wordpiece", 60, "Newer", ["newer"]],
    ["unigram", 40, "wider", ["▁wide", "r"]],
    ["wordlevel", 40, "Widest", ["widest"]],
  ])("%s", async (type, size, text, tokens) => {
    const args = [
      "train-tokenizer",
      "*.txt",
      "--type",
      type,
      "--vocab-size",
      String(size),
      "--out",
      `${type}.json`,
    ];
    const { code, stdout, stderr } = await saccade(args.with(1, "[ab].txt"), folder);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("Error")]);
    expect(stdout).toContain(`type            ${type}`);
    expect(stdout).toContain("files           2, 0.00 MB");
    const tokenizer = load(`${type}.json`);
    expect(tokenizer.vocabSize).toBeLessThanOrEqual(size);
    expect(tokenizer.encode(text, { addSpecialTokens: false }).tokens).toEqual(tokens);
  });

  it("does not write over a file unless told to", async () => {
    writeFileSync(join(folder, "old.json"), "old");
    const args = ["train-tokenizer", "a.txt", "--out", "old.json"];
    const refused = await saccade(args, folder);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("old.json exists; --force writes over it");
    expect(readFileSync(join(folder, "old.json"), "utf8")).toBe("old");
    expect((await saccade([...args, "--force"], folder)).code).toBe(0);
    expect(load("old.json").vocabSize).toBeGreaterThan(256);
  });

  it("stopped, it leaves nothing behind", async () => {
    const big = temporaryFolder();
    const line = Array.from({ length: 300_000 }, (_, i) => (i * 2654435761).toString(36)).join(" ");
    writeFileSync(join(big, "big.txt"), `${line}\n`.repeat(3));
    const { code, stderr } = await saccade(
      ["train-tokenizer", "big.txt", "--type", "unigram"],
      big,
      (child) => {
        child.stderr?.once("data", () => child.kill("SIGINT")); // it has read the text, and is learning
      },
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining("stopped; nothing was written")]);
    expect(readdirSync(big)).toEqual(["big.txt"]);
  });

  const mistakes: [string, string[], RegExp][] = [
    ["a file that is not there", ["absent.txt"], /cannot read absent\.txt/],
    ["a pattern that finds nothing", ["*.md"], /there is no file \*\.md/],
    ["a file that is no text", ["latin1.txt"], /cannot read latin1\.txt as UTF-8 text/],
    [
      "an option of another type",
      ["a.txt", "--type", "wordlevel", "--limit-alphabet", "9"],
      /--limit-alphabet is not/,
    ],
    [
      "a frequency for unigram",
      ["a.txt", "--type", "unigram", "--min-frequency", "2"],
      /--min-frequency is not/,
    ],
    ["a type that there is not", ["a.txt", "--type", "chars"], /--type.*bpe, wordpiece/],
    ["no room for all characters", ["a.txt", "--type", "unigram", "--vocab-size", "5"], /has no room for/],
    ["a folder that is not there", ["a.txt", "--out", join("nowhere", "t.json")], /cannot write/],
  ];
  it.each(mistakes)("%s", async (_, args, message) => {
    const { code, stderr } = await saccade(["train-tokenizer", ...args], folder);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(existsSync(join(folder, "tokenizer.json"))).toBe(false);
  });
});
