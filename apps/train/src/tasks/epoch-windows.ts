import { type Key, threefry2x32 } from "@saccade/core";

/**
 * Windows of a text in random order, epoch after epoch, none twice in an epoch: each epoch cuts the text at another
 * offset and shuffles the pieces. Where window number n begins is a function of the key and of n.
 */
export class EpochWindows {
  /** Windows in an epoch. */
  readonly perEpoch: number;
  private readonly key: Key;
  private readonly window: number;
  private readonly spare: number;
  private epoch = -1;
  private starts: Int32Array = new Int32Array(0);

  /**
   * @param length  of the text; what follows a window belongs to it, so it is longer than `window`
   * @param window  elements in a window
   */
  constructor(key: Key, length: number, window: number) {
    this.key = key;
    this.window = window;
    this.perEpoch = Math.max(1, Math.floor((length - 1) / window) - 1);
    this.spare = length - 1 - this.perEpoch * window;
  }

  /** Where window number `n` begins. */
  start(n: number): number {
    const epoch = Math.floor(n / this.perEpoch);
    if (epoch !== this.epoch) {
      this.starts = this.shuffled(epoch);
      this.epoch = epoch;
    }
    return this.starts[n % this.perEpoch];
  }

  /** Fisher and Yates' shuffle of the starts of an epoch. */
  private shuffled(epoch: number): Int32Array {
    const key = this.key.fold(epoch);
    const offset = below(key, this.perEpoch, Math.min(this.window, this.spare) + 1);
    const starts = Int32Array.from({ length: this.perEpoch }, (_, i) => offset + i * this.window);
    for (let i = this.perEpoch - 1; i > 0; i--) {
      const j = below(key, i, i + 1);
      [starts[i], starts[j]] = [starts[j], starts[i]];
    }
    return starts;
  }
}

/** Draw number `counter`: a whole number in `[0, end)`, evenly but for a part in 2^21 at most. */
function below(key: Key, counter: number, end: number): number {
  const [low, high] = threefry2x32(key.words, counter, 0);
  const unit = ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
  return Math.floor(unit * end);
}
