import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { copy } from "../ops/copy.ts";
import { assign } from "../ops/in-place.ts";
import { keep, tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Sums gradients over several batches, for one step with their mean: a large batch in the memory of a small one. Owns
 * its sums until `reset()` or `dispose()`.
 *
 * @example
 * const w = tensor([1]);
 * const optimizer = new SGD([w], { lr: 0.1 });
 * using accumulator = new GradientAccumulator();
 * for (const x of [2, 4]) {
 *   using result = valueAndGrad(() => w.mul(x).sum(), [w]);
 *   accumulator.add(result.grads);
 * }
 * tidy(() => optimizer.step(accumulator.mean()));
 * accumulator.reset();
 * w; // => [0.7]
 */
export class GradientAccumulator {
  private sums: readonly Tensor[] = [];
  private added = 0;

  /** How many batches were added since the last reset. */
  get count(): number {
    return this.added;
  }

  /**
   * Adds the gradients of a batch.
   *
   * @throws ArgumentError, ShapeError unless they are as many, and of the shapes, as those before
   */
  add(grads: readonly Tensor[]): void {
    noGrad(() => {
      if (this.added === 0) this.sums = tidy(() => grads.map(copy)).map(keep);
      else this.addToSums(grads);
    });
    this.added++;
  }

  /**
   * The mean over the batches, in the current scope.
   *
   * @throws ArgumentError if nothing was added
   */
  mean(): Tensor[] {
    if (this.added === 0) throw new ArgumentError("GradientAccumulator: nothing was added");
    return noGrad(() => tidy(() => this.sums.map((sum) => mul(sum, 1 / this.added))));
  }

  /** Frees the sums, and starts anew. */
  reset(): void {
    for (const sum of this.sums) sum.dispose();
    this.sums = [];
    this.added = 0;
  }

  dispose(): void {
    this.reset();
  }

  [Symbol.dispose](): void {
    this.reset();
  }

  private addToSums(grads: readonly Tensor[]): void {
    const { sums } = this;
    if (grads.length !== sums.length) {
      throw new ArgumentError(`GradientAccumulator: ${grads.length} gradients after ${sums.length}`);
    }
    for (const [i, grad] of grads.entries()) {
      if (sameShape(grad.shape, sums[i].shape)) continue;
      const got = `got ${formatShape(grad.shape)}`;
      throw new ShapeError(`GradientAccumulator: gradient ${i} was ${formatShape(sums[i].shape)} (${got})`);
    }
    tidy(() => {
      for (const [i, grad] of grads.entries()) assign(sums[i], add(sums[i], grad));
    });
  }
}
