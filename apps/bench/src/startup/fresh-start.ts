import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Prepared } from "../works/work.ts";

const program = fileURLToPath(new URL("./first-result.ts", import.meta.url));

/** Cold starts of a library of JavaScript: each in a new process, timed by that process. */
export function freshStarts(library: string): Prepared {
  const start = async (): Promise<[milliseconds: number, check: number]> => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, library]);
    return JSON.parse(stdout);
  };
  return {
    call: async () => void (await start()),
    sample: async () => (await start())[0],
    check: async () => (await start())[1],
  };
}
