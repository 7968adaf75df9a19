import { meanSquare, patterned } from "../../works/data.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Programs } from "../host.ts";
import type { Tf, TfTensor } from "./tf.ts";

export function tfjsPrograms(tf: Tf): Programs {
  return {
    matmul: async ({ parameters }) => matmul(tf, parameters),
  };
}

/** A work of one tensor out of others, as a user of the library writes it. */
export function computes(tf: Tf, compute: () => TfTensor): Prepared {
  return {
    call: () => tf.tidy(() => void compute()),
    check: async () => tf.tidy(() => meanSquare(compute().dataSync())),
  };
}

function matmul(tf: Tf, { m, k, n }: Parameters): Prepared {
  const a = tf.tensor(patterned(m * k), [m, k]);
  const b = tf.tensor(patterned(k * n), [k, n]);
  return { ...computes(tf, () => tf.matMul(a, b)), outputBytes: 4 * m * n };
}
