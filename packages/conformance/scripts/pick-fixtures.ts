// Picks the fixtures of goldens.test.ts out of a full set of goldens: the smallest case of every op.
//   node --conditions=@saccade/source packages/conformance/scripts/pick-fixtures.ts <goldens> <fixtures>
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { serializeSafetensors } from "@saccade/core/safetensors";
import { handlerOf } from "../src/goldens/adapters/index.ts";
import { findCases, type GoldenCase } from "../src/goldens/case-list.ts";
import { TensorStore } from "../src/goldens/tensor-store.ts";

/** Cases of these folders, up to so many bytes of tensors each. */
const FOLDERS: Readonly<Record<string, number>> = { ops: 3000, attention: 12_000, rnn: 6000, optim: 10_000 };

const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error("usage: pick-fixtures.ts <goldens> <fixtures>");
  process.exit(2);
}
const store = new TensorStore();

/** The tensors of a case, by their keys in the file. */
function tensorsOf({ path, prefix, inputs, outputs, entry }: GoldenCase) {
  const hasTensors =
    inputs.length + outputs.length > 0 || (entry.values.tensors as readonly string[]).length > 0;
  return hasTensors ? [...store.file(path)].filter(([key]) => key.startsWith(prefix)) : [];
}

const bytesOf = (golden: GoldenCase): number =>
  tensorsOf(golden).reduce((total, [key, { data }]) => total + key.length + 70 + data.length, 0);

/** One case of every op of a group: the smallest. */
function pick(cases: readonly GoldenCase[]): GoldenCase[] {
  const smallest = new Map<string, GoldenCase>();
  for (const golden of cases) {
    const key = `${golden.group}/${golden.op}`;
    const before = smallest.get(key);
    if (typeof handlerOf(golden) === "string") continue; // nothing of ours computes it yet
    if (bytesOf(golden) <= FOLDERS[golden.folder] && (!before || bytesOf(golden) < bytesOf(before)))
      smallest.set(key, golden);
  }
  return [...smallest.values()];
}

for (const folder of Object.keys(FOLDERS)) {
  const chosen = pick(findCases(from).filter((golden) => golden.folder === folder));
  mkdirSync(join(to, folder), { recursive: true });
  writeFileSync(
    join(to, folder, "cases.json"),
    `${JSON.stringify({ cases: chosen.map(({ entry }) => entry.values) })}\n`,
  );
  for (const path of new Set(chosen.map((golden) => golden.path))) {
    const tensors = chosen.filter((golden) => golden.path === path).flatMap(tensorsOf);
    if (tensors.length === 0) continue;
    writeFileSync(join(to, folder, relative(dirname(path), path)), serializeSafetensors(tensors));
  }
  console.log(`${folder}: ${chosen.length} cases`);
}
