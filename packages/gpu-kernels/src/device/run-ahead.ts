/** Submissions that may be unfinished: several steps of training, so that the device never waits for the host. */
export const MOST_SUBMISSIONS = 64;
/** Uploaded bytes that may be unfinished: the driver keeps copies of them until then. */
export const MOST_BYTES = 256 * 1024 * 1024;
/** What lies between two marks, as a part of these. */
const MARKS = 8;

interface Work {
  readonly submissions: number;
  readonly bytes: number;
}

/**
 * How far the host is ahead of the device. Calls only record, so that a loop that reads nothing queues without bound,
 * unless it awaits `settle`. Otherwise nothing is asked of the device.
 */
export class RunAhead {
  readonly #queue: Pick<GPUQueue, "onSubmittedWorkDone">;
  /** Since the backend was made. */
  #submitted: Work = { submissions: 0, bytes: 0 };
  #marked: Work = this.#submitted;
  #finished: Work = this.#submitted;
  /** The oldest first; fulfilled when what was submitted before is finished. */
  readonly #marks: Promise<void>[] = [];

  constructor(queue: Pick<GPUQueue, "onSubmittedWorkDone">) {
    this.#queue = queue;
  }

  submitted(): void {
    const { submissions, bytes } = this.#submitted;
    this.#submitted = { submissions: submissions + 1, bytes };
  }

  uploaded(more: number): void {
    const { submissions, bytes } = this.#submitted;
    this.#submitted = { submissions, bytes: bytes + more };
  }

  /** Everything so far. */
  get here(): Work {
    return this.#submitted;
  }

  /** What was submitted up to there is finished. */
  reached(there: Work): void {
    if (there.submissions > this.#finished.submissions || there.bytes > this.#finished.bytes)
      this.#finished = there;
  }

  /** Submissions and uploaded bytes of which it is not known that they are finished. */
  get unfinished(): Work {
    return less(this.#submitted, this.#finished);
  }

  /** Until not more than the most is unfinished; also where the device was lost. */
  async settle(): Promise<void> {
    const unmarked = less(this.#submitted, this.#marked);
    if (unmarked.submissions >= MOST_SUBMISSIONS / MARKS || unmarked.bytes >= MOST_BYTES / MARKS)
      this.#mark();
    while (isAhead(this.unfinished) && this.#marks.length > 0) await this.#marks[0];
  }

  #mark(): void {
    const here = this.#submitted;
    this.#marked = here;
    const done = (): void => {
      this.reached(here);
      this.#marks.shift();
    };
    this.#marks.push(this.#queue.onSubmittedWorkDone().then(done, done));
  }
}

function less(a: Work, b: Work): Work {
  return { submissions: a.submissions - b.submissions, bytes: a.bytes - b.bytes };
}

function isAhead({ submissions, bytes }: Work): boolean {
  return submissions > MOST_SUBMISSIONS || bytes > MOST_BYTES;
}
