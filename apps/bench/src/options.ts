import { type Command, InvalidArgumentError, Option } from "commander";
import { hostNames } from "./peers/hosts.ts";
import { works } from "./works/index.ts";
import type { Processor } from "./works/work.ts";

const peerNames: readonly string[] = [...hostNames, "pytorch"];

function peerList(text: string): string[] {
  return text === "all" ? [...peerNames] : listOf(peerNames)(text);
}

/** What the command line says. */
export interface Options {
  readonly backend: Processor;
  readonly adapter?: "software";
  readonly experimental?: boolean;
  readonly matrices: readonly ("on" | "off")[];
  readonly threads: readonly number[];
  readonly simd: readonly ("auto" | "relaxed" | "baseline")[];
  readonly blas: readonly string[];
  readonly only?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly patience: number;
  readonly peers: readonly string[];
  readonly long?: boolean;
  readonly variants?: boolean;
  readonly text?: string;
  readonly python?: string;
  readonly json?: string;
  readonly report?: string;
}

/** Gives a command the options of a benchmark run. */
export function addOptions(command: Command): Command {
  return command
    .argument(
      "[works...]",
      `what to measure: ${[...works.map(({ name }) => name), "size"].join(", ")} (default: all)`,
    )
    .addOption(
      new Option("--backend <name>", "what computes; each has its own sizes")
        .choices(["cpu", "gpu"])
        .default("cpu"),
    )
    .addOption(
      new Option(
        "--adapter <kind>",
        "for --backend gpu: a driver in software, which only tells that it works",
      ).choices(["software"]),
    )
    .option(
      "--experimental",
      "for --backend gpu: features that are held back elsewhere (f16 on NVIDIA, subgroup matrices)",
    )
    .option(
      "--matrices <list>",
      "for --experimental: on, off: subgroup matrices, where the device has them",
      listOf(["on", "off"]),
      ["on"],
    )
    .option("--threads <list>", "numbers of threads, each measured", wholeNumbers, [1])
    .option("--simd <list>", "auto, relaxed, baseline", listOf(["auto", "relaxed", "baseline"]), ["auto"])
    .option("--blas <list>", "off, auto: the system's BLAS in our own matmul", listOf(["off", "auto"]), [
      "off",
    ])
    .option("--only <text>", "configs whose name contains this")
    .option("--long", "the configs too that take minutes on slow peers")
    .option("--variants", "beside attention its options, one by one: attention-variants")
    .option("--peers <list>", `all, or of ${peerNames.join(", ")}`, peerList, [])
    .option("--rounds <n>", "turns of every peer at every config", wholeNumber, 4)
    .option("--seconds <s>", "length of a turn", positiveNumber, 0.12)
    .option("--patience <s>", "longest wait for a peer to be ready, or for a turn of it", positiveNumber, 20)
    .option("--text <file>", "what the tokenizers encode, in UTF-8, instead of texts that are made here")
    .option("--python <interpreter>", "measure PyTorch too, with this interpreter, which has torch")
    .option("--json <file>", "write machine and results to this file")
    .option("--report <file>", "write a page with charts to this file");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1)
    throw new InvalidArgumentError("must be a whole number of at least 1.");
  return value;
}

function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 3600))
    throw new InvalidArgumentError("must be a number above 0.");
  return value;
}

function listOf(choices: readonly string[]): (text: string) => string[] {
  return (text) => {
    const list = text.split(",");
    const unknown = list.find((item) => !choices.includes(item));
    if (unknown !== undefined) throw new InvalidArgumentError(`must be of ${choices.join(", ")}.`);
    return list;
  };
}
