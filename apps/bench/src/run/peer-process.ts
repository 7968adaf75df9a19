import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Job, Peer } from "../peers/peer.ts";
import type { Hello } from "./serve.ts";

/** A peer at one job, in a process of its own that sleeps between its turns. */
export class PeerProcess {
  readonly hello: Hello;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly answers: Answers;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    answers: Answers,
    hello: Hello,
  ) {
    this.child = child;
    this.answers = answers;
    this.hello = hello;
  }

  /**
   * @param patience  the longest that the peer may take for one answer, s
   * @throws Error with the last words of a process that fails
   */
  static async start(peer: Peer, job: Job, pin: readonly string[], patience: number): Promise<PeerProcess> {
    const [program, ...args] = [...pin, ...peer.command(job)];
    const env = { ...process.env, ...peer.environment?.(job) };
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    const answers = new Answers(child, patience);
    try {
      return new PeerProcess(child, answers, (await answers.next()) as Hello);
    } catch (error) {
      child.kill("SIGKILL"); // it may be in the middle of a long call
      throw error;
    }
  }

  /**
   * Times of calls, ms, measured now for some seconds.
   *
   * @throws Error where none came, with the last words of the process, which has ended then
   */
  async measure(seconds: number): Promise<number[]> {
    this.child.stdin.write(`${seconds}\n`);
    try {
      return (await this.answers.next()) as number[];
    } catch (error) {
      this.child.kill("SIGKILL");
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    await this.answers.ended;
  }
}

/** The lines that a process writes, one at a time, or why there are none. */
class Answers {
  readonly ended: Promise<void>;
  private readonly lines: AsyncIterator<string>;
  private readonly neverBegan: Promise<{ readonly done: true; readonly value: undefined }>;
  private readonly patience: number;
  private lastWords = "";

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, patience: number) {
    this.patience = patience;
    const reader: Interface = createInterface({ input: child.stdout });
    this.lines = reader[Symbol.asyncIterator]();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.lastWords = (this.lastWords + text).slice(-4000);
    });
    child.stdin.on("error", () => {}); // told by the end of its output
    const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
    this.neverBegan = new Promise((resolve) => {
      child.on("error", (error) => {
        this.lastWords = String(error);
        resolve({ done: true, value: undefined });
      });
    });
    this.ended = Promise.race([closed, this.neverBegan.then(() => {})]);
  }

  /** The next line that is JSON: native libraries write to the output, too. */
  async next(): Promise<unknown> {
    for (;;) {
      const line = await this.line();
      if (/^[[{]/.test(line)) return JSON.parse(line);
    }
  }

  private async line(): Promise<string> {
    const { patience } = this;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const late = () => reject(new Error(`too slow: no answer in ${patience} s (--patience)`));
      timer = setTimeout(late, patience * 1000);
    });
    const { done, value } = await Promise.race([this.lines.next(), this.neverBegan, timeout]).finally(() =>
      clearTimeout(timer),
    );
    if (!done) return value;
    await this.ended;
    throw new Error(lastError(this.lastWords));
  }
}

/** The line of a stack trace that says what went wrong: Node's is first, Python's last. */
function lastError(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => /^(Uncaught )?[\w.]*(Error|Exception|NotFound)\b.*:/.test(line));
  return (
    errors.at(-1)?.replace(/^Error: /, "") ??
    lines.filter((line) => line !== "").at(-1) ??
    "it ended without a word"
  );
}
