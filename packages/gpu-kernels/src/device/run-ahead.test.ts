import { expect, test } from "vitest";
import { MOST_BYTES, MOST_SUBMISSIONS, RunAhead } from "./run-ahead.ts";

/** A device that finishes when it is told to. */
function slowDevice(): {
  queue: Pick<GPUQueue, "onSubmittedWorkDone">;
  asked: () => number;
  finish: () => Promise<void>;
} {
  const waiting: (() => void)[] = [];
  let asked = 0;
  return {
    queue: {
      onSubmittedWorkDone: () => {
        asked += 1;
        return new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined)));
      },
    },
    asked: () => asked,
    async finish() {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

test("a loop that awaits settle stays within the bound, one that does not goes on", async () => {
  const { queue, finish, asked } = slowDevice();
  const ahead = new RunAhead(queue);
  let steps = 0;
  const loop = (async () => {
    for (; steps < 1000; steps++) {
      ahead.submitted();
      await ahead.settle();
    }
  })();
  await finish(); // nothing waits yet but the loop
  const most = MOST_SUBMISSIONS + 1;
  expect(steps).toBeLessThanOrEqual(most + MOST_SUBMISSIONS / 8);
  const stopped = steps;
  await finish();
  expect(steps).toBeGreaterThan(stopped);
  expect(ahead.unfinished.submissions).toBeLessThanOrEqual(most);
  while (steps < 1000) await finish();
  await loop;
  expect(asked()).toBeLessThanOrEqual(1000 / 8);
  for (let i = 0; i < 1000; i++) ahead.submitted();
  expect(ahead.unfinished.submissions).toBeGreaterThanOrEqual(1000);
});

test("bytes of uploads count, and are waited for in order", async () => {
  const { queue, finish } = slowDevice();
  const ahead = new RunAhead(queue);
  ahead.uploaded(MOST_BYTES);
  await ahead.settle();
  ahead.uploaded(MOST_BYTES);
  let settled = false;
  const waiting = ahead.settle().then(() => {
    settled = true;
  });
  await new Promise((resolve) => setTimeout(resolve));
  expect(settled).toBe(false);
  await finish();
  await waiting;
  expect(ahead.unfinished.bytes).toBe(MOST_BYTES);
});

test("a device that is lost ends the wait", async () => {
  const ahead = new RunAhead({ onSubmittedWorkDone: () => Promise.reject(new Error("lost")) });
  for (let i = 0; i < 100; i++) ahead.submitted();
  await ahead.settle();
  expect(ahead.unfinished.submissions).toBe(0);
});
