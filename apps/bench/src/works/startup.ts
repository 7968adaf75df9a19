import { freshStarts } from "../startup/fresh-start.ts";
import type { Work } from "./work.ts";

/** From importing a library to its first result, a product of small matrices, in a new process. */
export const startup: Work = {
  name: "startup",
  unit: "ms",
  configs: [{ name: "import to first result", parameters: {}, amount: 1 }],
  prepare: (_, backend) =>
    freshStarts(String(backend.info().blas).startsWith("off") ? "saccade" : "saccade-blas"),
};
