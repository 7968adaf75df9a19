import { add, assign, Key, mul, randn, sum, type Tensor, tidy, valueAndGrad } from "@saccade/core";
import type { Module } from "@saccade/core/nn";

/**
 * The derivative of a loss by all parameters of a module along a random direction: by reverse accumulation, and by
 * central differences (the parameters are f32, so that the two agree to about one in a thousand).
 */
export async function directionalDerivatives(
  module: Module,
  loss: () => Tensor,
  step = 1e-2,
): Promise<{ readonly byReverse: number; readonly byDifferences: number }> {
  const parameters = module.parameters();
  const directions = parameters.map(({ shape }, i) => randn(new Key(100 + i), shape));
  const norm = Math.sqrt(module.countParameters());
  const shift = (factor: number): void =>
    tidy(() => {
      for (const [i, parameter] of parameters.entries()) {
        assign(parameter, add(parameter, mul(directions[i], factor / norm)));
      }
    });
  const value = async (): Promise<number> => {
    using result = tidy(loss);
    return result.item();
  };
  const originals = parameters.map((parameter) => parameter.copy());
  const reverse = tidy(() => {
    const { grads } = valueAndGrad(loss, parameters);
    return grads.map((gradient, i) => sum(mul(gradient, directions[i]))).reduce((a, b) => add(a, b));
  });
  const byReverse = (await reverse.item()) / norm;
  shift(step);
  const above = await value();
  shift(-2 * step);
  const below = await value();
  for (const [i, parameter] of parameters.entries()) assign(parameter, originals[i]);
  for (const it of [reverse, ...originals, ...directions]) it.dispose();
  return { byReverse, byDifferences: (above - below) / (2 * step) };
}
