import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatCounts, placeCounts } from "../src/counts/format.ts";
import { countPrograms } from "../src/counts/programs.ts";

/** `bench:counts -- [page.md]`: what training steps and tokens have a GPU do, printed, or written into a page. */
const counts = await countPrograms();
const text = formatCounts(counts, "GPT-2 124M, B 8, T 1024: training step");
const path = process.argv[2];
if (path === undefined) {
  console.log(text);
} else {
  const page = resolve(process.env.INIT_CWD ?? process.cwd(), path); // npm runs it in this package's folder
  writeFileSync(page, placeCounts(readFileSync(page, "utf8"), text));
}
