import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach } from "vitest";
import { exampleTests } from "../../../../../scripts/example-tests.ts";
import * as safetensors from "../index.ts";
import * as node from "./index.ts";

const temporary = mkdtempSync(join(tmpdir(), "saccade-examples-"));
const path = join(temporary, "model.safetensors");
const directory = fileURLToPath(new URL("../fixtures/sharded-f32/", import.meta.url));

beforeEach(() =>
  node.writeSafetensors(path, [
    ["w", { dtype: "F32", shape: [2], data: safetensors.encodeValues("F32", [1, 2]) }],
  ]),
);
afterAll(() => rmSync(temporary, { recursive: true }));

exampleTests(new URL(".", import.meta.url), {
  ...safetensors,
  ...node,
  path,
  directory,
  readFile,
  console: { log: () => undefined },
});
