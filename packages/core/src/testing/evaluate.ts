import { read } from "../read.ts";
import { tidy } from "../scope.ts";
import { shareInScope, type Tensor } from "../tensor.ts";

/**
 * The elements of what `fn` computes, row-major, as plain numbers; every tensor made on the way is freed.
 *
 * @example
 * const numbers = await evaluate(() => ones([2, 2]).mul(3)); // => [3, 3, 3, 3]
 */
export async function evaluate(fn: () => Tensor): Promise<number[]> {
  const [numbers] = await evaluateAll(() => [fn()]);
  return numbers;
}

/**
 * As `evaluate`, of several tensors.
 *
 * @example
 * const [a, b] = await evaluateAll(() => [ones([1]), zeros([2])]);
 * b; // => [0, 0]
 */
export async function evaluateAll(fn: () => readonly Tensor[]): Promise<number[][]> {
  // Handles of their own: `fn` may hand back what its caller goes on using.
  const tensors = tidy(() => fn().map(shareInScope));
  try {
    return await Promise.all(tensors.map(async (tensor) => Array.from(await read(tensor))));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
