import type { Peer } from "../peers/peer.ts";
import type { Result } from "../result.ts";
import type { Work, WorkConfig } from "../works/work.ts";
import { median, spread } from "./measure.ts";
import { PeerProcess } from "./peer-process.ts";
import { pinTo } from "./pin.ts";

/** A peer whose calls are long sits out when it has had the time of so many turns and three samples, or of the most. */
const manyTurns = 10;
const mostTurns = 50;

/** One peer at one config with one number of threads. */
export class Contestant {
  readonly peer: Peer;
  readonly threads: number;
  readonly times: number[] = [];
  private readonly work: Work;
  private readonly config: WorkConfig;
  private process: PeerProcess | null = null;
  private error: string | null = null;
  private version = "";
  /** In its turns, s. */
  private spent = 0;

  constructor(peer: Peer, work: Work, config: WorkConfig, threads: number) {
    this.peer = peer;
    this.work = work;
    this.config = config;
    this.threads = threads;
  }

  get check(): number | string | null {
    return this.process?.hello.check ?? null;
  }

  /** @param patience  the longest that it may take for one answer, s */
  async start(cores: readonly number[], patience: number): Promise<void> {
    const { work, config, threads } = this;
    const { parameters, variant } = config;
    const job = { work: work.name, parameters, threads, ...(variant !== undefined && { variant }) };
    const refusal = this.peer.refuses?.(job);
    if (refusal !== undefined) return this.fail(refusal);
    try {
      this.process = await PeerProcess.start(this.peer, job, pinTo(cores, threads), patience);
      this.version = this.process.hello.version;
    } catch (error) {
      this.fail(messageOf(error));
    }
  }

  fail(error: string): void {
    this.error ??= error;
  }

  async turn(seconds: number): Promise<void> {
    if (this.process === null || this.error !== null) return;
    if (this.spent > (this.times.length < 3 ? mostTurns : manyTurns) * seconds) return;
    const start = performance.now();
    try {
      this.times.push(...(await this.process.measure(seconds)));
    } catch (error) {
      this.fail(messageOf(error));
    }
    this.spent += (performance.now() - start) / 1000;
  }

  async stop(): Promise<void> {
    await this.process?.stop();
  }

  result(): Result {
    const { work, config, peer, threads, version, times, error } = this;
    const unit = config.unit ?? work.unit;
    const head = { work: work.name, config: config.name, peer: peer.name, version, threads };
    if (error !== null || times.length === 0) {
      const nothing = {
        median_ms: null,
        min_ms: null,
        rate: null,
        spread: null,
        peak_bytes: null,
        read_bytes: null,
      };
      return { ...head, ...nothing, unit, error: error ?? "it measured nothing" };
    }
    const middle = median(times);
    const least = times.reduce((a, b) => (b < a ? b : a));
    const rate = rateOf(unit, config.amount, middle);
    return {
      ...head,
      median_ms: middle,
      min_ms: least,
      rate,
      unit,
      spread: spread(times),
      peak_bytes: this.process?.hello.peak_bytes ?? null,
      read_bytes: config.readBytes ?? null,
      error: null,
    };
  }
}

/** Of units that are times, less is better. */
function rateOf(unit: Work["unit"], amount: number, milliseconds: number): number {
  switch (unit) {
    case "us/op":
      return (1000 * milliseconds) / amount;
    case "ms":
      return milliseconds;
    default:
      return amount / (milliseconds / 1000);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
