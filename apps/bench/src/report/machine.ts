import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, totalmem, type } from "node:os";

/** Where figures come from. */
export interface Machine {
  readonly processor: string;
  /** That this process may use. */
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** The cores that peers are pinned to; null where they are not. */
  readonly pinnedTo: readonly number[] | null;
  /** Of this repository, with a `+` where files differ from it. */
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
}

export function describeMachine(cores: readonly number[]): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.versions.node,
    pinnedTo: cores.length > 0 ? cores : null,
    commit: commitHere(),
    date: new Date().toISOString(),
  };
}

function commitHere(): string {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit === undefined) return "unknown";
  return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit}+`;
}

export function formatMachine(machine: Machine): string {
  const { processor, cores, memoryGiB, system, node, pinnedTo } = machine;
  const pinning = pinnedTo ? `pinned to cores ${pinnedTo.join(", ")}` : "not pinned";
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}; ${pinning}`;
}
