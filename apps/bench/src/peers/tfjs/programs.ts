import { patterned } from "../../works/data.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import { attention } from "./attention.ts";
import { bandwidth } from "./bandwidth.ts";
import { computes } from "./computes.ts";
import { dispatch } from "./dispatch.ts";
import { step } from "./step.ts";
import { plain, type Style } from "./style.ts";
import type { Tf } from "./tf.ts";

/** Of a tuned style, the works that it changes. */
export function tfjsPrograms(tf: Tf, style: Style): Programs {
  const changed: Programs = {
    attention: async ({ parameters }) => attention(tf, style.attend, parameters),
    step: async ({ parameters }) => step(tf, style, parameters),
  };
  if (style !== plain) return changed;
  return {
    ...changed,
    matmul: async ({ parameters }) => matmul(tf, parameters),
    bandwidth: async (job) => bandwidth(tf, job),
    dispatch: async ({ parameters }) => dispatch(tf, parameters),
  };
}

function matmul(tf: Tf, { m, k, n }: Parameters): Prepared {
  const a = tf.tensor(patterned(m * k), [m, k]);
  const b = tf.tensor(patterned(k * n), [k, n]);
  return { ...computes(tf, () => tf.matMul(a, b)), outputBytes: 4 * m * n };
}
