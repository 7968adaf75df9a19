import { serveInNode } from "./in-node.ts";
import type { Job, Peer } from "./peer.ts";

/** How the cpu backend is made. */
export interface SaccadeVariant {
  readonly simd: "auto" | "relaxed" | "baseline";
  readonly blas: string;
}

/** A job of ours: what every peer gets, and how the backend is made. */
export type SaccadeJob = Job & (SaccadeVariant | GpuVariant);

/** How the gpu backend is made. */
export interface GpuVariant {
  readonly experimental: boolean;
  /** Whether subgroup matrices are used, where the device has them and `experimental` is set. */
  readonly matrices: boolean;
  readonly adapter: "hardware" | "software";
}

/** This library, on its cpu backend: `saccade`, with the system's BLAS `saccade-blas`. */
export function saccade(variant: SaccadeVariant): Peer {
  const { simd, blas } = variant;
  const name = blas === "off" ? "saccade" : "saccade-blas";
  return {
    name: simd === "auto" ? name : `${name} simd=${simd}`,
    ours: true,
    command: (job) => serveInNode({ ...job, ...variant }),
  };
}

/** This library, on its gpu backend. */
export function saccadeGpu(variant: GpuVariant): Peer {
  const name = variant.matrices ? "saccade-gpu" : "saccade-gpu matrices=off";
  return { name, ours: true, command: (job) => serveInNode({ ...job, ...variant }) };
}
