import { meanSquare } from "../../works/data.ts";
import type { Prepared } from "../../works/work.ts";
import type { Tf, TfTensor } from "./tf.ts";

/** A work of one tensor out of others, as a user of the library writes it. */
export function computes(tf: Tf, compute: () => TfTensor): Prepared {
  return {
    call: () => tf.tidy(() => void compute()),
    check: async () => tf.tidy(() => meanSquare(compute().dataSync())),
  };
}
