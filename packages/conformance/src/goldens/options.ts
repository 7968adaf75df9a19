import { resolve } from "node:path";
import type { CpuBackendOptions } from "@saccade/cpu-kernels";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { UsageError } from "./case-list.ts";

export interface GoldenOptions {
  readonly dir: string;
  readonly backend: "reference" | "cpu" | "gpu" | "all";
  readonly only: readonly string[];
  readonly dtype: "f32" | "f64";
  /** How the cpu backend is made. */
  readonly cpu: Pick<CpuBackendOptions, "simd" | "blas" | "threads">;
  readonly list: boolean;
  readonly verbose: boolean;
}

function names(list: string, before: readonly string[] = []): readonly string[] {
  const added = list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (added.length === 0) throw new InvalidArgumentError("name at least one case, group or folder.");
  return [...before, ...added];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError("must be a whole number from 1.");
  return value;
}

/** What the program was asked for; null if that was help, which is printed. @throws UsageError in one line */
export function parseOptions(args: readonly string[]): GoldenOptions | null {
  const command = new Command("goldens")
    .description("Compares Saccade with results recorded from other implementations.")
    .requiredOption(
      "--dir <folder>",
      "where the cases are: a folder with ops/, attention/, hf/ ... in it, or one of those",
    )
    .addOption(
      new Option("--backend <name>", "what computes")
        .choices(["reference", "cpu", "gpu", "all"])
        .default("all"),
    )
    .option(
      "--only <names>",
      "folders (ops), groups (ops_matmul) or cases (ops_matmul/tA), separated by commas",
      names,
    )
    .addOption(
      new Option("--dtype <name>", "the floats to compute in; f64 on the reference backend only")
        .choices(["f32", "f64"])
        .default("f32"),
    )
    .addOption(new Option("--simd <level>", "of the cpu backend").choices(["auto", "relaxed", "baseline"]))
    .option("--blas <mode>", "of the cpu backend: auto, off, or the path of a library")
    .option("--threads <n>", "of the cpu backend", wholeNumber)
    .option("--list", "print the cases instead of running them", false)
    .option("--verbose", "a line for every case", false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return null;
    throw new UsageError(error.message.replace(/^error: /, ""));
  }
  const {
    dir,
    only = [],
    simd,
    blas,
    threads,
    ...rest
  } = command.opts<
    Omit<GoldenOptions, "only" | "cpu"> & GoldenOptions["cpu"] & { readonly only?: readonly string[] }
  >();
  const given = Object.entries({ simd, blas, threads }).filter(([, value]) => value !== undefined);
  if (given.length > 0 && rest.backend === "reference") {
    throw new UsageError(`--${given[0][0]} is for the cpu backend (got --backend reference)`);
  }
  if (rest.dtype === "f64" && rest.backend !== "reference") {
    throw new UsageError(`--dtype f64 is for --backend reference (got ${rest.backend})`);
  }
  // npm runs scripts in the workspace's root; a relative folder is meant from where the user stands.
  return {
    ...rest,
    cpu: Object.fromEntries(given),
    only,
    dir: resolve(process.env.INIT_CWD ?? process.cwd(), dir),
  };
}
