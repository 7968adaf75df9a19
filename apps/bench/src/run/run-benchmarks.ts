import type { Peer } from "../peers/peer.ts";
import type { Result } from "../result.ts";
import { peak } from "../works/peak.ts";
import type { Work, WorkConfig } from "../works/work.ts";
import { Contestant } from "./contestant.ts";
import { type Progress, trackProgress } from "./progress.ts";

export interface Plan {
  readonly works: readonly Work[];
  readonly peers: readonly Peer[];
  /** Numbers of threads, each measured. */
  readonly threads: readonly number[];
  /** The peer that measures the peak of a core; without one, nobody does. */
  readonly peakPeer?: Peer;
  /** Turns that every peer gets at every config. */
  readonly rounds: number;
  /** Of one turn, s. */
  readonly seconds: number;
  /** The longest that a peer may take for one answer, s: to set up and be called, or for a turn. */
  readonly patience: number;
  readonly cores: readonly number[];
  /** Hears each result as soon as it is there. */
  readonly onResult?: (result: Result) => void;
  /** Hears how far it is, after every config. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Peers that take turns: at one config, with all their numbers of threads, or where memory is short with one. */
interface Contest {
  readonly work: Work;
  readonly config: WorkConfig;
  readonly entries: readonly { readonly peer: Peer; readonly threads: number }[];
}

/**
 * Measures every work on every peer. At one config, every peer has a process of its own, and they take turns: what
 * else the machine does falls on all of them alike. The peak takes a turn in every round of the whole run.
 */
export async function runBenchmarks(plan: Plan): Promise<Result[]> {
  const results: Result[] = [];
  const contests = contestsOf(plan);
  const progress = trackProgress(contests.map(({ entries }) => entries.length));
  const peakContestant = plan.peakPeer && new Contestant(plan.peakPeer, peak, peak.configs[0], 1);
  await peakContestant?.start(plan.cores, plan.patience);
  try {
    for (const contest of contests) {
      for (const result of await hold(contest, plan, peakContestant)) {
        results.push(result);
        plan.onResult?.(result);
      }
      plan.onProgress?.(progress.finished());
    }
  } finally {
    await peakContestant?.stop();
  }
  return peakContestant ? [peakContestant.result(), ...results] : results;
}

function contestsOf({ works, peers, threads }: Plan): Contest[] {
  return works.flatMap((work) => {
    const own = peers.filter(({ ours }) => ours).slice(0, work.single ? 1 : undefined);
    const able = [...own, ...peers.filter(({ name }) => work.rivals.includes(name))];
    const groups = work.single ? [[1]] : work.large ? threads.map((count) => [count]) : [threads];
    return work.configs.flatMap((config) =>
      groups.map((counts) => ({
        work,
        config,
        entries: counts.flatMap((count) => able.map((peer) => ({ peer, threads: count }))),
      })),
    );
  });
}

async function hold(
  { work, config, entries }: Contest,
  plan: Plan,
  peakOne: Contestant | undefined,
): Promise<Result[]> {
  const contestants = entries.map(({ peer, threads }) => new Contestant(peer, work, config, threads));
  try {
    for (const contestant of contestants) await contestant.start(plan.cores, plan.patience); // one at a time: they warm up
    requireSameWork(contestants);
    for (let round = 0; round < plan.rounds; round++) {
      await peakOne?.turn(Math.min(0.05, plan.seconds));
      for (const contestant of contestants) await contestant.turn(plan.seconds);
    }
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()));
  }
  return contestants.map((contestant) => contestant.result());
}

/** Fails those that do not find what the first one finds. */
function requireSameWork(contestants: readonly Contestant[]): void {
  const wanted = contestants.map(({ check }) => check).find((check) => check !== null);
  if (wanted === undefined) return;
  for (const contestant of contestants) {
    const { check } = contestant;
    if (check === null || isSame(check, wanted)) continue;
    contestant.fail(`it computes something else: ${check}, not ${wanted}`);
  }
}

function isSame(check: number | string, wanted: number | string): boolean {
  if (typeof check === "string" || typeof wanted === "string") return check === wanted;
  return Math.abs(check - wanted) <= 1e-3 * Math.abs(wanted);
}
