import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { addOptions, type Options } from "./options.ts";
import type { Peer } from "./peers/peer.ts";
import { pytorch } from "./peers/pytorch.ts";
import { saccade } from "./peers/saccade.ts";
import { describeMachine, formatMachine } from "./report/machine.ts";
import { formatNotes, formatTable } from "./report/table.ts";
import { pinnableCores } from "./run/pin.ts";
import { runBenchmarks } from "./run/run-benchmarks.ts";
import { serve } from "./run/serve.ts";
import { selectWorks } from "./works/index.ts";
import type { Work } from "./works/work.ts";

const program = addOptions(new Command("bench"))
  .description("Saccade's benchmarks: ours and the peers', in turns")
  .usage("[options] [works...]")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2)) // as the saccade command has it
  .action(bench);
program
  .command("serve <job>", { hidden: true })
  .description("a process that measures one job")
  .action((job: string) => serve(JSON.parse(job)));
await program.parseAsync();

async function bench(names: readonly string[], options: Options): Promise<void> {
  const works = chosenWorks(names, options.only);
  const cores = pinnableCores();
  const machine = describeMachine(cores);
  console.log(formatMachine(machine));
  if (options.python === undefined) {
    console.log("pytorch is not measured: give --python <interpreter that has torch>");
  }
  const { threads, rounds, seconds } = options;
  const results = await runBenchmarks({
    works,
    peers: peersOf(options),
    threads,
    peakPeer: saccade({ simd: "auto", blas: "off" }),
    rounds,
    seconds,
    cores,
    onResult: ({ work, config, peer, error }) =>
      console.error(`${work} ${config}, ${peer}: ${error ?? "measured"}`),
  });
  console.log(`\n${formatTable(results)}\n\n${formatNotes(results)}`);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  }
  if (results.some(({ error }) => error !== null)) process.exitCode = 1;
}

function chosenWorks(names: readonly string[], only?: string): Work[] {
  try {
    return selectWorks(names, only);
  } catch (error) {
    return program.error(`error: ${(error as Error).message}`);
  }
}

/** Ours in every variant that is asked for, then the others. */
function peersOf({ simd, blas, python }: Options): Peer[] {
  const ours = simd.flatMap((level) => blas.map((mode) => saccade({ simd: level, blas: mode })));
  return python === undefined ? ours : [...ours, pytorch(python)];
}
