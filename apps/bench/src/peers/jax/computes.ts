import { meanSquare } from "../../works/data.ts";
import type { Prepared } from "../../works/work.ts";
import type { Jax, JaxArray } from "./jax.ts";

/** A work of arrays out of others, compiled by `jit` as a user of the library has it. */
export function computesAll(
  jax: Jax,
  fn: (...xs: JaxArray[]) => JaxArray[],
  inputs: readonly JaxArray[],
  check: (results: readonly Float32Array[]) => number = ([y]) => meanSquare(y),
): Prepared {
  const compiled = jax.jit(fn);
  const run = (): JaxArray[] => compiled(...inputs.map((x) => x.ref));
  return {
    async call() {
      const results = run();
      await jax.blockUntilReady(results);
      for (const it of results) it.dispose();
    },
    check: async () => check(await Promise.all(run().map((it) => it.data()))),
  };
}

export function computes(
  jax: Jax,
  fn: (...xs: JaxArray[]) => JaxArray,
  inputs: readonly JaxArray[],
): Prepared {
  return computesAll(jax, (...xs) => [fn(...xs)], inputs);
}
