import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { saccade, temporaryFolder } from "../testing/cli.ts";

describe("saccade tokenize", () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "vocab.txt"),
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwho\nam\n##bul\n##ates\n😀\n",
  );
  writeFileSync(join(folder, "text.txt"), "Who\nambulates 😀");

  it("shows pieces, a table and a count", async () => {
    const { code, stdout } = await saccade(["tokenize", ".", "Who ambulates?\t😀"], folder);
    expect(code).toBe(0);
    expect(stdout.split("\n").map((line) => line.trimEnd())).toEqual([
      "[CLS]|Who|am|bul|ates|?|😀|[SEP]",
      "",
      "#  id  token   offsets  text",
      "0   2  [CLS]   -",
      `1   5  who     0-3      "Who"`,
      `2   6  am      4-6      "am"`,
      `3   7  ##bul   6-9      "bul"`,
      `4   8  ##ates  9-13     "ates"`,
      `5   1  [UNK]   13-14    "?"`,
      `6   9  😀       15-17    "😀"`,
      "7   3  [SEP]   -",
      "",
      "8 tokens, 19 bytes, 2.38 bytes a token; vocabulary 10",
      "",
    ]);
  });

  it("gives ids alone, pairs, code points, files", async () => {
    const ids = await saccade(["tokenize", "vocab.txt", "--file", "text.txt", "--ids"], folder);
    expect(ids.stdout).toBe("2 5 6 7 8 9 3\n");
    const bare = await saccade(["tokenize", ".", "who", "--ids", "--no-special-tokens"], folder);
    expect(bare.stdout).toBe("5\n");
    const pair = await saccade(["tokenize", ".", "😀 who", "--pair", "am", "--code-points"], folder);
    expect(pair.stdout).toContain(`2   5  who    2-5              "who"`);
    expect(pair.stdout).toContain(`4   6  am     0-2 of the pair  "am"`);
  });
});
