import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../errors.ts";
import { precisions } from "../trainer/training-task.ts";

/** A whole number of at least `least`, from an option's text. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** A number above (or from) `low`, and below (or up to) `high`. */
export function numberIn(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= low && value <= high))
      throw new InvalidArgumentError(`must be a number from ${low} to ${high}.`);
    return value;
  };
}

/** @throws UsageError if heads do not divide the width of the model */
export function requireHeads({
  embedDim,
  numHeads,
}: {
  readonly embedDim: number;
  readonly numHeads: number;
}): void {
  if (embedDim % numHeads === 0) return;
  throw new UsageError(`--embed-dim ${embedDim} is not a multiple of --num-heads ${numHeads}`);
}

/** What a training step computes with. */
export function precisionOption(): Option {
  return new Option(
    "--dtype <name>",
    "f16: matrix products and attention in half precision (autocast and a scaled loss; needs a backend with f16)",
  )
    .choices(precisions)
    .default("f32");
}

/** The options that every computing command has. */
export function backendOptions(): Option[] {
  return [
    new Option("--backend <name>", "what computes").choices(["cpu", "gpu", "reference"]).default("cpu"),
    new Option(
      "--adapter <kind>",
      "of the gpu backend: the machine's GPU (default), or one in software (slow)",
    ).choices(["hardware", "software"]),
    new Option(
      "--experimental",
      "of the gpu backend: use features that are held back elsewhere (f16 on NVIDIA, subgroup matrices)",
    ),
    new Option("--threads <n>", "worker threads of the cpu backend (default: the cores)").argParser(
      wholeNumber(1),
    ),
    new Option("--blas <mode>", "use the system's BLAS: auto, off, or the path of a library").default("auto"),
  ];
}

/**
 * `--out` and `--resume`. A resumed run is what it was: every other option of the command that says what is trained
 * conflicts with `--resume`, so none is ignored. Call it behind those options.
 */
export function addRunOptions(command: Command, name: string): Command {
  const described = command.options.map((option) => option.attributeName());
  return command
    .addOption(new Option("--out <folder>", `run folder (default: the next free runs/${name})`))
    .addOption(
      new Option(
        "--resume [folder]",
        `go on with a stopped run (default: the latest runs/${name})`,
      ).conflicts(["out", ...described]),
    );
}
