import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { UsageError } from "./case-list.ts";

export interface GoldenOptions {
  readonly dir: string;
  readonly backend: "reference" | "cpu" | "all";
  readonly only: readonly string[];
  readonly dtype: "f32" | "f64";
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

/** What the program was asked for; null if that was help, which is printed. @throws UsageError in one line */
export function parseOptions(args: readonly string[]): GoldenOptions | null {
  const command = new Command("goldens")
    .description("Compares Saccade with results recorded from other implementations.")
    .requiredOption(
      "--dir <folder>",
      "where the cases are: a folder with ops/, attention/, hf/ ... in it, or one of those",
    )
    .addOption(
      new Option("--backend <name>", "what computes").choices(["reference", "cpu", "all"]).default("all"),
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
    ...rest
  } = command.opts<Omit<GoldenOptions, "only"> & { readonly only?: readonly string[] }>();
  if (rest.dtype === "f64" && rest.backend !== "reference") {
    throw new UsageError(`--dtype f64 is for --backend reference (got ${rest.backend})`);
  }
  // npm runs scripts in the workspace's root; a relative folder is meant from where the user stands.
  return { ...rest, only, dir: resolve(process.env.INIT_CWD ?? process.cwd(), dir) };
}
