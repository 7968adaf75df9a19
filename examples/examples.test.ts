import { readdirSync, readFileSync } from "node:fs";
import { getBackend, setBackend } from "@saccade/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const lines: string[] = [];
const first = getBackend();
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, "log").mockImplementation((...parts: unknown[]) => {
    lines.push(parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" "));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  setBackend(first);
});

/** What an example prints. */
const examples: Readonly<Record<string, (printed: string) => void>> = {
  "attention-by-hand.ts"(printed) {
    expect(printed).toContain("eye    0.20  0.80  0.00");
    expect(printed).toMatch(/largest difference from attention\(\): (0e\+0|\de-[789])/);
  },
  "custom-op.ts"(printed) {
    expect(printed).toContain("values     [0,0.25,4]");
    expect(printed).toContain("gradients  [0,1,4]");
    expect(printed).toContain("the rule agrees with differences");
  },
  "train-tiny-gpt.ts"(printed) {
    expect(Number(/step 99: loss ([\d.]+)/.exec(printed)?.[1])).toBeLessThan(0.6);
    expect(printed).toContain("To see a World");
  },
  "reverse-words.ts"(printed) {
    expect(Number(/(\d+) of 100 new words/.exec(printed)?.[1])).toBeGreaterThan(75);
  },
};

test.each(Object.entries(examples))("%s", async (file, check) => {
  await import(/* @vite-ignore */ `./${file}`);
  check(lines.join("\n"));
});

test("every example is run, has less than 100 lines, and is in the README", () => {
  const files = readdirSync(import.meta.dirname).filter(
    (file) => file.endsWith(".ts") && !/\.(test|config)\.ts$/.test(file),
  );
  expect(files.sort()).toEqual(Object.keys(examples).sort());
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  for (const file of files) {
    expect(readFileSync(new URL(file, import.meta.url), "utf8").split("\n").length).toBeLessThan(100);
    expect(readme).toContain(`(${file})`);
  }
});
