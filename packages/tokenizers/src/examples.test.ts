import { exampleTests } from "../../../scripts/example-tests.ts";
import * as tokenizers from "./index.ts";
import * as tensors from "./tensors.ts";

const scope = { ...tokenizers, ...tensors };
exampleTests(new URL(".", import.meta.url), scope, new URL("../README.md", import.meta.url));
for (const folder of [
  "chat",
  "normalizers",
  "pre-tokenizers",
  "regex",
  "models/bpe",
  "models/wordpiece",
  "models/unigram",
  "models/wordlevel",
]) {
  exampleTests(new URL(`${folder}/`, import.meta.url), scope);
}
