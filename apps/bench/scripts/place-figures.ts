import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { placeFigures } from "../src/report/markdown.ts";

/** `bench:figures -- <report.json> <page.md>`: writes the figures of a report into a page, so that none is typed by hand. */
const [json, page] = process.argv
  .slice(2)
  .map((path) => resolve(process.env.INIT_CWD ?? process.cwd(), path)); // npm runs it in this package's folder
if (json === undefined || page === undefined) {
  console.error("usage: npm run bench:figures -- <report.json> <page.md>");
  process.exit(2);
}
writeFileSync(page, placeFigures(readFileSync(page, "utf8"), JSON.parse(readFileSync(json, "utf8"))));
