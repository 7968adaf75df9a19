import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setBackend } from "@saccade/core";
import { placeCounts } from "../src/counts/format.ts";
import { gpt2Token, timedCalls } from "../src/overhead/calls.ts";
import { type ColumnName, columns } from "../src/overhead/columns.ts";
import { formatOverhead, lesser, type Times } from "../src/overhead/format.ts";
import { leastTime } from "../src/overhead/least-time.ts";

/**
 * `bench:overhead -- [--python interpreter] [--rounds n] [page.md]`: what a call costs around its kernel, printed, or
 * written into a page. Backends take turns, each in a process of its own (`--column`, which prints JSON).
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string" },
    rounds: { type: "string", default: "3" },
    column: { type: "string" },
  },
});

/** Times of one column, in this process. */
async function timeColumn(name: ColumnName): Promise<Times> {
  const { create, idle } = columns[name];
  const backend = await create();
  setBackend(backend);
  const calls = [...timedCalls(), ...(idle ? [gpt2Token()] : [])];
  const timed = calls.map(({ name: call, count, run }) => {
    const submitted = (): void => {
      run();
      backend.flush();
    };
    return [call, leastTime(submitted) / count];
  });
  return Object.fromEntries(timed);
}

function printed(program: string, args: readonly string[]): string {
  const { stdout, status } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`overhead: ${program} ended with ${status}`);
  return stdout;
}

function timeAll(): Readonly<Record<string, Times>> {
  const found: Record<string, Times> = {};
  const add = (title: string, times: Times): void => {
    found[title] = lesser(found[title] ?? {}, times);
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, { title }] of Object.entries(columns)) {
      const args = [...process.execArgv, fileURLToPath(import.meta.url), "--column", name];
      add(title, JSON.parse(printed(process.execPath, args)));
    }
    if (values.python === undefined) continue;
    const program = fileURLToPath(new URL("../python/overhead.py", import.meta.url));
    const { version, times } = JSON.parse(printed(values.python, ["-B", program]));
    add(`PyTorch ${version}`, times);
  }
  return found;
}

if (values.column !== undefined) {
  if (!Object.hasOwn(columns, values.column)) throw new Error(`overhead: unknown column "${values.column}"`);
  console.log(JSON.stringify(await timeColumn(values.column as ColumnName)));
  process.exit(0); // Dawn's threads would keep it
}
const text = formatOverhead(timeAll());
const [path] = positionals;
if (path === undefined) {
  console.log(text);
} else {
  const page = resolve(process.env.INIT_CWD ?? process.cwd(), path); // npm runs it in this package's folder
  writeFileSync(page, placeCounts(readFileSync(page, "utf8"), text, "overhead"));
}
