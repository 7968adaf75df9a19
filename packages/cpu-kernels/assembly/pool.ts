/**
 * One idea: a job is a function and a count of tiles; each thread has an even, contiguous share of them, which it takes
 * first, so that the next kernel finds the same rows in the cache of the same core; then it helps the others.
 *
 * Tiles are cut by shape and each writes its own outputs, so it does not matter who computes which: results are
 * bit-identical for every number of threads. A share is an atomic counter of the tiles left in it, and counts *down*: a
 * worker that comes late finds zero or less and goes, and one that finds more than zero holds a live tile, whose job
 * cannot end (and so cannot change) before that tile is done. No job numbers, no locks.
 */
import { CONTROL, SHARES } from "./layout";

/** Counts jobs; sleeping workers wait on it. */
const SEQUENCE: usize = CONTROL + 64;
/** Tiles finished; the caller waits until it equals TILES. */
const DONE: usize = CONTROL + 128;
/** Workers asleep, or about to be. */
const SLEEPERS: usize = CONTROL + 192;
/** 1 while the caller sleeps on DONE. */
const CALLER_ASLEEP: usize = CONTROL + 256;
/** Set by `stopWorkers`. */
const STOP: usize = CONTROL + 320;
/** Plain words, written before the job is published. */
const TASK: usize = CONTROL + 384;
const TILES: usize = CONTROL + 388;
const THREADS: usize = CONTROL + 392;
const CALLER_MAY_SLEEP: usize = CONTROL + 396;

/** Work that went by while everyone slept: waking costs the caller some 20 us, so it must be worth that. */
const DEBT: usize = CONTROL + 400;

/** Set by tests: share every job of more than one tile. */
const EAGER: usize = CONTROL + 408;

/** Polls before sleeping: the small kernels of a model step, and the JavaScript between them, are shorter. */
const WORKER_SPINS: i32 = 200_000;
const CALLER_SPINS: i32 = 100_000;
/** Work below this many (roughly) floating-point operations is not worth sharing even with those awake. */
const SHARE_COST: f64 = 60_000;
/** Sleepers are woken once this much work has gone by. */
const WAKE_DEBT: f64 = 3_000_000;

/** Called once by the main thread: how many threads there are, and whether it may block. */
export function configurePool(threads: i32, callerMaySleep: i32): void {
  store<i32>(THREADS, threads);
  store<i32>(CALLER_MAY_SLEEP, callerMaySleep);
}

/** For tests: whether jobs are shared, and sleepers woken, however small the job. */
export function shareEverything(eager: i32): void {
  store<i32>(EAGER, eager);
}

/**
 * Runs `task(tile, thread)` for every tile, then returns.
 *
 * @param task   index of the function: `someTile.index`
 * @param tiles  how many; cut by shape, never by the number of threads
 * @param cost   about how many floating-point operations (or elements touched) in all; small jobs stay on the caller
 */
export function parallel(task: i32, tiles: i32, cost: f64): void {
  const helpers = load<i32>(THREADS) - 1;
  const eager = load<i32>(EAGER) != 0;
  let shared = tiles > 1 && helpers > 0 && (cost >= SHARE_COST || eager), wake = false;
  if (shared) {
    const sleeping = atomic.load<i32>(SLEEPERS);
    wake = sleeping > 0 && (owes(cost) || eager);
    shared = wake || sleeping < helpers;
  }
  if (!shared) {
    for (let tile = 0; tile < tiles; ++tile) call_indirect<void>(task, tile, 0);
    return;
  }
  store<i32>(TASK, task);
  store<i32>(TILES, tiles);
  atomic.store<i32>(DONE, 0);
  for (let thread = 0; thread <= helpers; ++thread) {
    atomic.store<i32>(share(thread), firstOf(thread + 1, tiles) - firstOf(thread, tiles));
  }
  atomic.add<i32>(SEQUENCE, 1);
  if (wake) atomic.notify(SEQUENCE, min(helpers, tiles - 1));
  work(0);
  waitForTail(tiles);
}

/** Adds to the work that sleepers missed; whether it is time to wake them. Who computes changes no result. */
function owes(cost: f64): bool {
  const debt = load<f64>(DEBT) + cost;
  const due = debt >= WAKE_DEBT;
  store<f64>(DEBT, due ? 0 : debt);
  return due;
}

/** The counter of the tiles left in a thread's share; below zero when others looked in vain. */
// @ts-ignore: decorator
@inline
function share(thread: i32): usize {
  return SHARES + (<usize>thread << 6);
}

/** The first tile of a thread's share. */
// @ts-ignore: decorator
@inline
function firstOf(thread: i32, tiles: i32): i32 {
  return <i32>(<u64>thread * <u64>tiles / <u64>load<i32>(THREADS));
}

/** Takes tiles until none is left: its own, then those of the next threads. */
function work(thread: i32): void {
  const threads = load<i32>(THREADS);
  let finished = 0;
  for (let turn = 0; turn < threads; ++turn) {
    const owner = thread + turn < threads ? thread + turn : thread + turn - threads;
    const counter = share(owner);
    while (atomic.load<i32>(counter) > 0) {
      const left = atomic.sub<i32>(counter, 1);
      if (left <= 0) break;
      call_indirect<void>(load<i32>(TASK), firstOf(owner + 1, load<i32>(TILES)) - left, thread);
      finished += 1;
    }
  }
  if (finished == 0) return;
  atomic.add<i32>(DONE, finished);
  if (thread != 0 && atomic.load<i32>(CALLER_ASLEEP) != 0) atomic.notify(DONE, 1);
}

function waitForTail(tiles: i32): void {
  for (let spin = 0; atomic.load<i32>(DONE) < tiles; ++spin) {
    if (spin < CALLER_SPINS || !load<i32>(CALLER_MAY_SLEEP)) continue;
    atomic.store<i32>(CALLER_ASLEEP, 1);
    const done = atomic.load<i32>(DONE);
    if (done < tiles) atomic.wait<i32>(DONE, done, 1_000_000); // a missed notify costs 1 ms, not a hang
    atomic.store<i32>(CALLER_ASLEEP, 0);
  }
}

/** A worker's whole life: spin a little, sleep, work. Returns after `stopWorkers`. */
export function workerLoop(thread: i32): void {
  let seen = atomic.load<i32>(SEQUENCE);
  work(thread); // the job may have been published before `seen` was read
  while (!atomic.load<i32>(STOP)) {
    let spin = 0;
    while (spin < WORKER_SPINS && atomic.load<i32>(SEQUENCE) == seen) ++spin;
    if (spin == WORKER_SPINS) {
      atomic.add<i32>(SLEEPERS, 1);
      atomic.wait<i32>(SEQUENCE, seen, -1);
      atomic.sub<i32>(SLEEPERS, 1);
    }
    seen = atomic.load<i32>(SEQUENCE);
    work(thread);
  }
}

export function stopWorkers(): void {
  atomic.store<i32>(STOP, 1);
  atomic.add<i32>(SEQUENCE, 1);
  atomic.notify(SEQUENCE, -1);
}
