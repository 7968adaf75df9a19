import { fileURLToPath } from "node:url";
import type { Job, Peer } from "./peer.ts";

/** How the cpu backend is made. */
export interface SaccadeVariant {
  readonly simd: "auto" | "relaxed" | "baseline";
  readonly blas: string;
}

/** A job of ours: what every peer gets, and how the backend is made. */
export type SaccadeJob = Job & SaccadeVariant;

const program = fileURLToPath(new URL("../main.ts", import.meta.url));

/** This library, on its cpu backend. */
export function saccade(variant: SaccadeVariant): Peer {
  const { simd, blas } = variant;
  const name = ["saccade", simd === "auto" ? "" : `simd=${simd}`, blas === "off" ? "" : `blas=${blas}`];
  return {
    name: name.filter((part) => part !== "").join(" "),
    command(job) {
      const ours: SaccadeJob = { ...job, ...variant };
      return [process.execPath, "--conditions=@saccade/source", program, "serve", JSON.stringify(ours)];
    },
  };
}
