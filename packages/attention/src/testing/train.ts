import { type Key, type Tensor, tensor, threefry2x32, valueAndGrad } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { AdamW } from "@saccade/core/optim";

/** Adam, without decay. */
export function train(model: Module, steps: number, lr: number, loss: (step: number) => Tensor): void {
  const optimizer = new AdamW(model.parameters(), { lr, weightDecay: 0 });
  for (let step = 0; step < steps; step++) {
    using result = valueAndGrad(() => loss(step), optimizer.parameters);
    optimizer.step(result.grads);
  }
  optimizer.dispose();
}

/** Rows of random whole numbers below `bound`. */
export function randomRows(key: Key, rows: number, length: number, bound: number): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length }, (_each, j) => (threefry2x32(key.words, i, j)[0] >>> 0) % bound),
  );
}

/** Rows of the numbers below `bound`, each once, in random order, cut to `length`. */
export function randomOrders(key: Key, rows: number, length: number, bound: number): number[][] {
  return randomRows(key, rows, bound, 2 ** 31).map((draws) =>
    Array.from(draws, (_, j) => j)
      .sort((a, b) => draws[a] - draws[b])
      .slice(0, length),
  );
}

export const ids = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(rows as number[][], { dtype: "i32" });

/** The share of rows' places where two lists of numbers agree. */
export function agreement(got: readonly number[], wanted: readonly (readonly number[])[]): number {
  const flat = wanted.flat();
  return flat.filter((x, i) => x === got[i]).length / flat.length;
}
