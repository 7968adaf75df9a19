import { meanSquare, patterned } from "../../works/data.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import type { Jax, JaxArray } from "./jax.ts";

export function jaxPrograms(jax: Jax): Programs {
  return {
    matmul: async ({ parameters }) => matmul(jax, parameters),
  };
}

/** A work of one array out of others, compiled by `jit` as a user of the library has it. */
export function computes(
  jax: Jax,
  fn: (...xs: JaxArray[]) => JaxArray,
  inputs: readonly JaxArray[],
): Prepared {
  const compiled = jax.jit(fn);
  const run = () => compiled(...inputs.map((x) => x.ref));
  return {
    async call() {
      const y = run();
      await y.blockUntilReady();
      y.dispose();
    },
    check: async () => meanSquare(await run().data()),
  };
}

function matmul(jax: Jax, { m, k, n }: Parameters): Prepared {
  const np = jax.numpy;
  const a = np.array(patterned(m * k), { shape: [m, k] });
  const b = np.array(patterned(k * n), { shape: [k, n] });
  return { ...computes(jax, np.matmul, [a, b]), outputBytes: 4 * m * n };
}
