import type { AttentionAttrs, Backend } from "@saccade/core/backend";
import { BLOCK_WORDS } from "../../device/params.ts";
import type { Launcher } from "../launch.ts";
import { attentionBackward } from "./backward.ts";
import { attentionOfFew, FEW, sharedBytesOfFew } from "./decode.ts";
import { attentionForward } from "./forward.ts";
import { attentionBackwardByMatrices } from "./matrices/backward.ts";
import { attentionByMatrices } from "./matrices/forward.ts";
import { backwardMatrixLayout, forwardMatrixLayout } from "./matrices/layout.ts";
import { MODS_BEGIN, modViews, type Results } from "./mods.ts";
import { backwardBytes, CHUNK, forwardBytes, layoutOf, small } from "./plan.ts";
import { isCaptured } from "./programs.ts";
import { MAX_WIDTH, type ScoreInputs } from "./shape.ts";

/** What a shader writes at most, or can do with. */
const OUTPUTS = 2;
/** Uniforms beside those of the inputs, at most: attributes, and places of three outputs. */
const OWN_WORDS = 38;
/** Steps of the caller's functions that drivers in software compile within seconds, by results; twice as many take minutes. */
const SOFTWARE_STEPS = { 1: 64, 2: 32 } as const;

export function attentionKernels(
  launcher: Launcher,
): Required<Pick<Backend["fused"], "attention" | "attentionBackward">> {
  const { maxStorageBuffersPerShaderStage: bindings, maxComputeWorkgroupStorageSize: bytes } =
    launcher.limits;
  const widest = layoutOf(small, MAX_WIDTH / CHUNK);
  const fits = (inputs: ScoreInputs, own: number, attrs: AttentionAttrs, results: Results): boolean => {
    const [q, , v] = inputs;
    const reads = inputs.slice(0, own);
    const mods = Object.entries(modViews(inputs.slice(own), attrs, results));
    const bound = [...reads, ...mods.map(([, view]) => view)].filter((view) => view !== null);
    const captured = mods.flatMap(([name, view]) => (view && isCaptured(name) ? view.shape : []));
    const words = bound.reduce((sum, { shape }) => sum + 1 + shape.length, OWN_WORDS + captured.length);
    const steps = (attrs.mods?.score?.steps.length ?? 0) + (attrs.mods?.mask?.steps.length ?? 0);
    return (
      (!launcher.facts.software || steps <= SOFTWARE_STEPS[results]) &&
      q.shape[3] <= MAX_WIDTH &&
      v.shape[3] <= MAX_WIDTH &&
      bound.length + OUTPUTS <= bindings &&
      words <= BLOCK_WORDS
    );
  };
  return {
    attention: {
      supports: (inputs, attrs) =>
        bytes >= forwardBytes(widest) && fits(inputs, MODS_BEGIN.forward, attrs, 1),
      run: (inputs, outputs, attrs) => {
        const few = inputs[0].shape[2] <= FEW && sharedBytesOfFew(inputs) <= bytes;
        const layout = few ? undefined : forwardMatrixLayout(launcher.facts, inputs, outputs[0], attrs);
        if (layout) attentionByMatrices(launcher, layout, inputs, outputs, attrs);
        else (few ? attentionOfFew : attentionForward)(launcher, inputs, outputs, attrs);
      },
    },
    attentionBackward: {
      supports: (inputs, attrs) =>
        bytes >= backwardBytes(widest, attrs.slopesGradient) && fits(inputs, MODS_BEGIN.backward, attrs, 2),
      run: (inputs, outputs, attrs) => {
        const layout = backwardMatrixLayout(launcher.facts, inputs, outputs, attrs);
        if (layout) attentionBackwardByMatrices(launcher, layout, inputs, outputs, attrs);
        else attentionBackward(launcher, inputs, outputs, attrs);
      },
    },
  };
}
