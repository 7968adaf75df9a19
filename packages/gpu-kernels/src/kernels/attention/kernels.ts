import type { Backend } from "@saccade/core/backend";
import type { Launcher } from "../launch.ts";
import { attentionBackward } from "./backward.ts";
import { attentionOfFew, FEW, sharedBytesOfFew } from "./decode.ts";
import { attentionForward } from "./forward.ts";
import { backwardBytes, CHUNK, forwardBytes, layoutOf, small } from "./plan.ts";
import { MAX_WIDTH, type ScoreInputs } from "./shape.ts";

/** What a shader writes at most, or can do with. */
const OUTPUTS = 2;

export function attentionKernels(
  launcher: Launcher,
): Required<Pick<Backend["fused"], "attention" | "attentionBackward">> {
  const { maxStorageBuffersPerShaderStage: bindings, maxComputeWorkgroupStorageSize: bytes } =
    launcher.limits;
  const widest = layoutOf(small, MAX_WIDTH / CHUNK);
  const fits = (inputs: ScoreInputs, dropout: number): boolean => {
    const [q, k, v] = inputs;
    const weights = q.shape[0] * q.shape[1] * q.shape[2] * k.shape[2];
    return (
      q.shape[3] <= MAX_WIDTH &&
      v.shape[3] <= MAX_WIDTH &&
      (dropout === 0 || weights < 2 ** 32) && // the random word's counter is one word
      inputs.filter((view) => view !== null).length + OUTPUTS <= bindings
    );
  };
  return {
    attention: {
      supports: (inputs, { dropout, mods }) =>
        !mods && bytes >= forwardBytes(widest) && fits(inputs, dropout),
      run: (inputs, outputs, attrs) => {
        const few = inputs[0].shape[2] <= FEW && sharedBytesOfFew(inputs) <= bytes;
        (few ? attentionOfFew : attentionForward)(launcher, inputs, outputs, attrs);
      },
    },
    attentionBackward: {
      supports: (inputs, { dropout, slopesGradient, mods }) =>
        !mods && bytes >= backwardBytes(widest, slopesGradient) && fits(inputs, dropout),
      run: (inputs, outputs, attrs) => attentionBackward(launcher, inputs, outputs, attrs),
    },
  };
}
