import { freshStarts } from "../startup/fresh-start.ts";
import { tensorLibraries, type Work } from "./work.ts";

/** From importing a library to its first result, a product of small matrices, in a new process. */
export const startup: Work = {
  name: "startup",
  unit: "ms",
  rivals: tensorLibraries,
  configs: [{ name: "import to first result", parameters: {}, amount: 1 }],
  prepare: (_, backend) =>
    freshStarts(String(backend.info().blas).startsWith("off") ? "saccade" : "saccade-blas"),
};
