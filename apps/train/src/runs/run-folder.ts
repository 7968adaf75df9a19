import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@saccade/core/safetensors/node";
import { messageOf, UsageError } from "../errors.ts";

/** One line of `metrics.jsonl`. */
export interface MetricsLine {
  readonly step: number;
  readonly [name: string]: number;
}

const configFile = "config.json";
const metricsFile = "metrics.jsonl";

/**
 * A folder that holds all of a training run: `config.json`, `metrics.jsonl`, `checkpoints/step-*`, reports.
 * Every file is written atomically or by appending whole lines.
 */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new folder at `path`, or, without one, at the first free one of `runs/<name>`, `runs/<name>-2` ... */
  static async create(name: string, path: string | undefined, config: unknown): Promise<RunFolder> {
    const chosen = path ?? firstFree(name);
    if (existsSync(join(chosen, configFile))) {
      throw new UsageError(`${chosen} already holds a run; give another --out, or --resume ${chosen}`);
    }
    await mkdir(chosen, { recursive: true });
    await writeFileAtomic(join(chosen, configFile), encode(`${JSON.stringify(config, null, 2)}\n`));
    return new RunFolder(chosen);
  }

  /** @throws UsageError if there is no run */
  static open(path: string): RunFolder {
    if (!existsSync(join(path, configFile)))
      throw new UsageError(`${path} is not a run folder: it has no ${configFile}`);
    return new RunFolder(path);
  }

  /** The newest of `runs/<name>`, `runs/<name>-2` ... */
  static latest(name: string): RunFolder {
    let latest: string | null = null;
    for (let i = 1; existsSync(numbered(name, i)); i++) latest = numbered(name, i);
    if (latest === null)
      throw new UsageError(`there is no run to resume: ${numbered(name, 1)} does not exist`);
    return RunFolder.open(latest);
  }

  /** The parsed `config.json`. */
  async config(): Promise<unknown> {
    const text = await readFile(join(this.path, configFile), "utf8");
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new UsageError(`${join(this.path, configFile)} is not JSON (${messageOf(error)})`);
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async appendMetrics(line: MetricsLine): Promise<void> {
    await appendFile(join(this.path, metricsFile), `${JSON.stringify(line)}\n`);
  }

  /** The metrics so far; a last line that was cut off by a crash is left out. */
  async metrics(): Promise<MetricsLine[]> {
    if (!existsSync(join(this.path, metricsFile))) return [];
    const lines = (await readFile(join(this.path, metricsFile), "utf8")).split("\n");
    return lines.flatMap((line) => parseLine(line) ?? []);
  }

  /** Forgets the metrics after `step`: a resumed run writes them again. */
  async truncateMetrics(step: number): Promise<void> {
    const kept = (await this.metrics()).filter((line) => line.step <= step);
    const text = kept.map((line) => `${JSON.stringify(line)}\n`).join("");
    await writeFileAtomic(join(this.path, metricsFile), encode(text));
  }

  /** Names of what lies in a subfolder; none if it does not exist. */
  async list(subfolder: string): Promise<string[]> {
    const path = join(this.path, subfolder);
    return existsSync(path) ? readdir(path) : [];
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function numbered(name: string, i: number): string {
  return join("runs", i === 1 ? name : `${name}-${i}`);
}

function firstFree(name: string): string {
  let i = 1;
  while (existsSync(numbered(name, i))) i++;
  return numbered(name, i);
}

function parseLine(line: string): MetricsLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "step" in value ? (value as MetricsLine) : null;
  } catch {
    return null;
  }
}
