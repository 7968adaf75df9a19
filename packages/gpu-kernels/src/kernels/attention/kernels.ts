import type { Backend, View } from "@saccade/core/backend";
import type { Launcher } from "../launch.ts";
import { attentionBackward } from "./backward.ts";
import { attentionForward } from "./forward.ts";
import { MAX_WIDTH, TILE } from "./tiles.ts";

/** Shared memory of backward: four tiles. */
const SHARED_BYTES = 4 * 4 * TILE * (TILE + 1);
/** Storage buffers that backward binds with everything on. */
const MAX_BINDINGS = 10;

type Inputs = readonly [
  q: View,
  k: View,
  v: View,
  mask: View | null,
  bias: View | null,
  slopes: View | null,
  ranges: View | null,
  ...(View | null)[],
];

export function attentionKernels(
  launcher: Launcher,
): Required<Pick<Backend["fused"], "attention" | "attentionBackward">> {
  const few = launcher.limits.maxStorageBuffersPerShaderStage < MAX_BINDINGS;
  const fits = ([q, k, v, mask, bias, slopes, ranges]: Inputs, dropout: number): boolean => {
    const weights = q.shape[0] * q.shape[1] * q.shape[2] * k.shape[2];
    return (
      slopes === null &&
      ranges === null &&
      q.dtype !== "f16" &&
      launcher.limits.maxComputeWorkgroupStorageSize >= SHARED_BYTES &&
      q.shape[3] <= MAX_WIDTH &&
      v.shape[3] <= MAX_WIDTH &&
      (dropout === 0 || weights < 2 ** 32) && // the random word's counter is one word
      (!few || mask === null || bias === null)
    );
  };
  return {
    attention: {
      supports: (inputs, { dropout }) => fits(inputs, dropout) && inputs[7] === null,
      run: (inputs, outputs, attrs) => attentionForward(launcher, inputs, outputs, attrs),
    },
    attentionBackward: {
      supports: (inputs, { dropout, slopesGradient }) => !slopesGradient && fits(inputs, dropout),
      run: (inputs, outputs, attrs) => attentionBackward(launcher, inputs, outputs, attrs),
    },
  };
}
