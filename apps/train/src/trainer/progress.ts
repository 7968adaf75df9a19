import { SingleBar } from "cli-progress";

/** Numbers shown beside the bar, already formatted. */
export type Shown = Readonly<Record<string, string>>;

/** How often a line is printed where there is no terminal, ms. */
const lineInterval = 5000;

/**
 * A bar with what is shown beside it and the time left; where the output is no terminal, a line every few seconds.
 */
export class Progress implements Disposable {
  private readonly total: number;
  private readonly bar: SingleBar | null;
  private readonly started = performance.now();
  private readonly first: number;
  private printed = performance.now();
  private readonly label: string;

  constructor(label: string, total: number, first = 0) {
    this.label = label;
    this.total = total;
    this.first = first;
    this.bar = process.stderr.isTTY
      ? new SingleBar({
          format: `${label} [{bar}] {value}/{total} {shown} {left} left`,
          hideCursor: true,
          barsize: 24,
          fps: 8,
        })
      : null;
    this.bar?.start(total, first, { shown: "", left: "?" });
  }

  update(done: number, shown: Shown = {}): void {
    const text = Object.entries(shown)
      .map(([name, value]) => `${name} ${value}`)
      .join("  ");
    const left = formatDuration(this.secondsLeft(done));
    if (this.bar) {
      this.bar.update(done, { shown: text, left });
      return;
    }
    const now = performance.now();
    if (now - this.printed < lineInterval && done < this.total) return;
    this.printed = now;
    process.stderr.write(`${this.label} ${done}/${this.total}  ${text}  ${left} left\n`);
  }

  private secondsLeft(done: number): number {
    const spent = (performance.now() - this.started) / 1000;
    return done > this.first ? (spent / (done - this.first)) * (this.total - done) : Number.NaN;
  }

  [Symbol.dispose](): void {
    this.bar?.stop();
  }
}

/** `1:05` for 65 seconds. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
