import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import { addOptions, type Options } from "./options.ts";
import { hostNames } from "./peers/hosts.ts";
import { javascriptPeer } from "./peers/in-node.ts";
import type { Peer } from "./peers/peer.ts";
import { hasCuda, hasTorch, pytorch } from "./peers/pytorch.ts";
import { saccade, saccadeGpu } from "./peers/saccade.ts";
import { reportHtml } from "./report/html/report-html.ts";
import { describeMachine, formatMachine } from "./report/machine.ts";
import { formatNotes, formatTable } from "./report/table.ts";
import type { Result } from "./result.ts";
import { pinnableCores } from "./run/pin.ts";
import { formatProgress } from "./run/progress.ts";
import { runBenchmarks } from "./run/run-benchmarks.ts";
import { serve } from "./run/serve.ts";
import { measureSizes } from "./sizes/sizes.ts";
import { attentionVariants } from "./works/attention-variants.ts";
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

async function bench(names: readonly string[], options: Options, command: Command): Promise<void> {
  checkOptions(options, command);
  const timed = names.filter((name) => name !== "size");
  const onCpu = options.backend === "cpu";
  const sized = names.length > timed.length || (onCpu && names.length === 0 && options.only === undefined);
  const works = sized && names.length === 1 ? [] : chosenWorks(timed, options);
  const cores = onCpu ? pinnableCores() : [];
  const machine = describeMachine(cores);
  console.log(formatMachine(machine));
  const python = pythonOf(options);
  const { threads, rounds, seconds, patience } = options;
  const measured = await runBenchmarks({
    works,
    peers: peersOf(options, python),
    threads,
    ...(onCpu && { peakPeer: saccade({ simd: "auto", blas: "off" }) }),
    rounds,
    seconds,
    patience,
    cores,
    onResult: ({ work, config, peer, threads, error }) =>
      console.error(`${work} ${config}, ${peer}, threads ${threads}: ${error ?? "measured"}`),
    onProgress: (progress) => console.error(formatProgress(progress)),
  });
  const results = sized ? [...measured, ...(await measureSizes(options.peers))] : measured;
  console.log(`\n${formatTable(results)}\n\n${formatNotes(results)}`);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  }
  if (options.report !== undefined) await writeFile(options.report, reportHtml(machine, results));
  if (results.some(isFault)) process.exitCode = 1;
}

/** An error of ours, or a peer that computes something else; what a peer cannot do, or is not installed, is no fault. */
function isFault({ peer, error }: Result): boolean {
  if (error === null || /^peer \S+ is not installed|has no f16/.test(error)) return false;
  return peer.startsWith("saccade") || error.startsWith("it computes something else");
}

/** Options that the chosen backend does not have are errors. */
function checkOptions({ backend, adapter, experimental }: Options, command: Command): void {
  const own = adapter ? "--adapter" : experimental ? "--experimental" : undefined;
  if (backend === "cpu" && own) program.error(`error: ${own} is for --backend gpu`);
  const chosen = command.getOptionValueSource("matrices") === "cli";
  if (chosen && !experimental) program.error("error: --matrices is for --experimental");
  if (backend === "cpu") return;
  const idle = ["threads", "simd", "blas", "long"].find(
    (name) => command.getOptionValueSource(name) === "cli",
  );
  if (idle !== undefined) program.error(`error: --${idle} is for --backend cpu`);
}

function chosenWorks(asked: readonly string[], { only, long, text, backend, variants }: Options): Work[] {
  if (variants && asked.length > 0 && !asked.includes("attention")) {
    program.error("error: --variants is for attention");
  }
  const more = variants && asked.length > 0 && !asked.includes(attentionVariants.name);
  const names = more ? [...asked, attentionVariants.name] : asked;
  try {
    return selectWorks(names, only, long, text && resolve(text), backend);
  } catch (error) {
    return program.error(`error: ${(error as Error).message}`);
  }
}

/** Ours in every variant that is asked for, then the others. */
function peersOf(
  { backend, adapter, experimental = false, matrices, simd, blas, peers }: Options,
  interpreter: string | undefined,
): Peer[] {
  if (backend === "gpu") {
    const cuda = interpreter !== undefined && hasCuda(interpreter);
    return [
      ...matrices.map((mode) =>
        saccadeGpu({ adapter: adapter ?? "hardware", experimental, matrices: mode === "on" }),
      ),
      ...(cuda ? [pytorch(interpreter, "cuda")] : []),
    ];
  }
  const ours = simd.flatMap((level) => blas.map((mode) => saccade({ simd: level, blas: mode })));
  const others = hostNames.filter((name) => peers.includes(name)).map(javascriptPeer);
  return [...ours, ...others, ...(interpreter === undefined ? [] : [pytorch(interpreter)])];
}

/** The interpreter that has PyTorch, where it is to be measured. */
function pythonOf({ python, peers }: Options): string | undefined {
  if (python !== undefined) return python;
  const found = peers.includes("pytorch") && hasTorch("python3") ? "python3" : undefined;
  if (found === undefined) {
    console.log("pytorch is not measured: give --python <interpreter that has torch>");
  }
  return found;
}
