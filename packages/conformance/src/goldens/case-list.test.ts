import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chooseCases, findCases, UsageError } from "./case-list.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "saccade-goldens-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(path: string, content: unknown): void {
  mkdirSync(join(dir, path, ".."), { recursive: true });
  writeFileSync(join(dir, path), JSON.stringify(content));
}

const entry = {
  id: "ops_x/a",
  op: "add",
  file: "ops_x.safetensors",
  prefix: "a/",
  inputs: ["a", "b"],
  outputs: ["out"],
};

test("finds listed cases, model folders, tokenizer files and formats", () => {
  write("ops/cases.json", { cases: [entry] });
  write("hf/llama/config.json", {});
  write("tokenizers/gpt2.json", {});
  write("format/cases.json", { valid: [{ file: "valid/f.safetensors", tensors: {} }], broken: [] });
  write("format/f16/config.json", {});
  const cases = findCases(dir);
  expect(cases.map(({ id }) => id)).toEqual([
    "ops_x/a",
    "hf/llama",
    "format/valid/f",
    "format/f16",
    "tokenizers/gpt2",
  ]);
  const [first] = cases;
  expect(first).toMatchObject({
    folder: "ops",
    group: "ops_x",
    op: "add",
    path: join(dir, "ops", "ops_x.safetensors"),
    atol: 1e-5,
  });
});

test("takes one folder of the layout by itself", () => {
  write("ops/cases.json", { cases: [entry] });
  expect(findCases(join(dir, "ops")).map(({ folder }) => folder)).toEqual(["ops"]);
});

test("chooses by folder, group and id", () => {
  write("ops/cases.json", { cases: [entry, { ...entry, id: "ops_y/b" }] });
  const cases = findCases(dir);
  const ids = (...names: string[]): string[] => chooseCases(cases, names).map(({ id }) => id);
  expect(ids()).toHaveLength(2);
  expect(ids("ops")).toHaveLength(2);
  expect(ids("ops_y")).toEqual(["ops_y/b"]);
  expect(ids("ops_x/a", "ops_y")).toEqual(["ops_x/a", "ops_y/b"]);
  expect(() => ids("ops_z")).toThrow('no case, group or folder is named "ops_z"');
});

test("says what is wrong with a folder", () => {
  expect(() => findCases(join(dir, "none"))).toThrow(UsageError);
  expect(() => findCases(dir)).toThrow("holds no cases");
  write("ops/cases.json", { cases: 3 });
  expect(() => findCases(dir)).toThrow('has no list "cases"');
});
