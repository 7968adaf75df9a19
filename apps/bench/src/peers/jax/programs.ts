import { patterned } from "../../works/data.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import { attention } from "./attention.ts";
import { bandwidth } from "./bandwidth.ts";
import { computes } from "./computes.ts";
import { dispatch } from "./dispatch.ts";
import type { Jax } from "./jax.ts";
import { step } from "./step.ts";

export function jaxPrograms(jax: Jax): Programs {
  return {
    matmul: async ({ parameters }) => matmul(jax, parameters),
    attention: async ({ parameters }) => attention(jax, parameters),
    bandwidth: async (job) => bandwidth(jax, job),
    step: async ({ parameters }) => step(jax, parameters),
    dispatch: async ({ parameters }) => dispatch(jax, parameters),
  };
}

function matmul(jax: Jax, { m, k, n }: Parameters): Prepared {
  const np = jax.numpy;
  const a = np.array(patterned(m * k), { shape: [m, k] });
  const b = np.array(patterned(k * n), { shape: [k, n] });
  return { ...computes(jax, np.matmul as (...xs: (typeof a)[]) => typeof a, [a, b]), outputBytes: 4 * m * n };
}
