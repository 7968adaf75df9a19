import type { Peer } from "../peers/peer.ts";
import type { Result } from "../result.ts";
import { peak } from "../works/peak.ts";
import type { Work, WorkConfig } from "../works/work.ts";
import { median, spread } from "./measure.ts";
import { PeerProcess } from "./peer-process.ts";
import { pinTo } from "./pin.ts";

export interface Plan {
  readonly works: readonly Work[];
  readonly peers: readonly Peer[];
  /** Numbers of threads, each measured. */
  readonly threads: readonly number[];
  /** The peer that measures the peak. */
  readonly peakPeer: Peer;
  /** Turns that every peer gets at every config. */
  readonly rounds: number;
  /** Of one turn, s. */
  readonly seconds: number;
  readonly cores: readonly number[];
  /** Hears each result as soon as it is there. */
  readonly onResult?: (result: Result) => void;
}

/** A peer whose calls are long sits out when it has had the time of so many turns. */
const patience = 20;

/** One peer at one config with one number of threads. */
class Contestant {
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

  get check(): number | null {
    return this.process?.hello.check ?? null;
  }

  async start(cores: readonly number[]): Promise<void> {
    const { work, config, threads } = this;
    const { parameters, variant } = config;
    const job = { work: work.name, parameters, threads, ...(variant !== undefined && { variant }) };
    try {
      this.process = await PeerProcess.start(this.peer, job, pinTo(cores, threads));
      this.version = this.process.hello.version;
    } catch (error) {
      this.fail(messageOf(error));
    }
  }

  fail(error: string): void {
    this.error ??= error;
  }

  async turn(seconds: number): Promise<void> {
    if (this.process === null || this.error !== null || this.spent > patience * seconds) return;
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
    const head = { work: work.name, config: config.name, peer: peer.name, version, threads };
    if (error !== null || times.length === 0) {
      const nothing = { median_ms: null, min_ms: null, rate: null, spread: null, peak_bytes: null };
      return { ...head, ...nothing, unit: work.unit, error: error ?? "it measured nothing" };
    }
    const middle = median(times);
    const least = times.reduce((a, b) => (b < a ? b : a));
    const rate = rateOf(work.unit, config.amount, middle);
    return {
      ...head,
      median_ms: middle,
      min_ms: least,
      rate,
      unit: work.unit,
      spread: spread(times),
      peak_bytes: this.process?.hello.peak_bytes ?? null,
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

/**
 * Measures every work on every peer. At one config, every peer has a process of its own, and they take turns: what
 * else the machine does falls on all of them alike. The peak takes a turn in every round of the whole run.
 */
export async function runBenchmarks(plan: Plan): Promise<Result[]> {
  const results: Result[] = [];
  const peakContestant = new Contestant(plan.peakPeer, peak, peak.configs[0], 1);
  await peakContestant.start(plan.cores);
  try {
    for (const work of plan.works) {
      for (const config of work.configs) {
        for (const result of await runConfig(plan, work, config, peakContestant)) {
          results.push(result);
          plan.onResult?.(result);
        }
      }
    }
  } finally {
    await peakContestant.stop();
  }
  return [peakContestant.result(), ...results];
}

async function runConfig(plan: Plan, work: Work, config: WorkConfig, peakOne: Contestant): Promise<Result[]> {
  const contestants = plan.threads.flatMap((threads) =>
    plan.peers.map((peer) => new Contestant(peer, work, config, threads)),
  );
  try {
    for (const contestant of contestants) await contestant.start(plan.cores); // one at a time: they warm up
    requireSameWork(contestants);
    for (let round = 0; round < plan.rounds; round++) {
      await peakOne.turn(Math.min(0.05, plan.seconds));
      for (const contestant of contestants) await contestant.turn(plan.seconds);
    }
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()));
  }
  return contestants.map((contestant) => contestant.result());
}

/** Fails those that do not find the number that the first one finds. */
function requireSameWork(contestants: readonly Contestant[]): void {
  const wanted = contestants.map(({ check }) => check).find((check) => check !== null);
  if (wanted === undefined) return;
  for (const contestant of contestants) {
    const { check } = contestant;
    if (check === null || Math.abs(check - wanted) <= 1e-3 * Math.abs(wanted)) continue;
    contestant.fail(`it computes something else: ${check}, not ${wanted}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
