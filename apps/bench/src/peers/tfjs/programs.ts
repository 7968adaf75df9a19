import { patterned } from "../../works/data.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import { attention } from "./attention.ts";
import { bandwidth } from "./bandwidth.ts";
import { computes } from "./computes.ts";
import { dispatch } from "./dispatch.ts";
import { step } from "./step.ts";
import type { Tf } from "./tf.ts";

export function tfjsPrograms(tf: Tf): Programs {
  return {
    matmul: async ({ parameters }) => matmul(tf, parameters),
    attention: async ({ parameters }) => attention(tf, parameters),
    bandwidth: async (job) => bandwidth(tf, job),
    step: async ({ parameters }) => step(tf, parameters),
    dispatch: async ({ parameters }) => dispatch(tf, parameters),
  };
}

function matmul(tf: Tf, { m, k, n }: Parameters): Prepared {
  const a = tf.tensor(patterned(m * k), [m, k]);
  const b = tf.tensor(patterned(k * n), [k, n]);
  return { ...computes(tf, () => tf.matMul(a, b)), outputBytes: 4 * m * n };
}
