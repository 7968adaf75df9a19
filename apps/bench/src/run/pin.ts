import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The cores that processes may be pinned to; none where there is no `taskset`. */
export function pinnableCores(): readonly number[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const pins = process.platform === "linux" && folders.some((folder) => existsSync(join(folder, "taskset")));
  if (!pins) return [];
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return allowed ? parseCores(allowed[1]) : [];
}

/** `0-2,5` is 0, 1, 2, 5. */
export function parseCores(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** What goes before a command so that it runs on as many cores as it has threads. */
export function pinTo(cores: readonly number[], threads: number): string[] {
  return cores.length === 0 ? [] : ["taskset", "-c", cores.slice(0, threads).join(",")];
}
