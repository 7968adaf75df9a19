import { InvalidArgumentError, Option } from "commander";

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

/** The options that every computing command has. */
export function backendOptions(): Option[] {
  return [
    new Option("--backend <name>", "what computes").choices(["cpu", "reference"]).default("cpu"),
    new Option("--threads <n>", "worker threads of the cpu backend (default: the cores)").argParser(
      wholeNumber(1),
    ),
    new Option("--blas <mode>", "use the system's BLAS: auto, off, or the path of a library").default("auto"),
  ];
}
