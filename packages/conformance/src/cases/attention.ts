import { scoreDerivative } from "@saccade/attention";
import { type AttentionAttrs, tensor } from "@saccade/core";
import { composedForm } from "../oracle/composed.ts";
import {
  type AttentionCall,
  attentionCalls,
  attentionInputs,
  attrsOf,
  modInputs,
  sinksOf,
} from "./attention-calls.ts";
import { type KernelCase, kernelCase, type OutputSpec, type Values } from "./case.ts";
import { computed, f32, out, standardNormal } from "./specs.ts";

function titleOf({ name, B = 2, H = 2, K = H, T, S = T, E = 16, Ev = E }: AttentionCall): string {
  return `B${B} H${H}${K === H ? "" : ` K${K}`} T${T} S${S} E${E}${Ev === E ? "" : ` Ev${Ev}`} ${name}`;
}

export function forwardCase(call: AttentionCall): KernelCase<"attention"> {
  const { B = 2, H = 2, T, E = 16, Ev = E } = call;
  const outputs = [out("f32", [B, H, T, Ev]), out("f32", [B, H, T])] as const;
  return kernelCase(
    "attention",
    titleOf(call),
    [...attentionInputs(call), sinksOf(call), ...modInputs(call)],
    outputs,
    attrsOf(call),
  );
}

/** What a backward pass gets: a function of scores comes with its derivative. */
export function backwardAttrsOf(call: AttentionCall): AttentionAttrs {
  const attrs = attrsOf(call);
  const score = attrs.mods?.score;
  return score
    ? { ...attrs, mods: { mask: attrs.mods?.mask ?? null, score: scoreDerivative(score) } }
    : attrs;
}

/** Inputs of the backward kernel before those of functions of scores. */
const BACKWARD_INPUTS = 10;

/** The log-sum-exp that forward leaves behind, from the inputs of a backward pass. */
export function logSumExpOf(call: AttentionCall): Values {
  const { H = 2, sinks } = call;
  return computed((inputs) => {
    const drawn = sinks && Float64Array.from({ length: H }, (_, h) => Math.fround(sinks[h % sinks.length]));
    const forward = [...inputs.slice(0, 7), drawn ? tensor(drawn) : null, ...inputs.slice(BACKWARD_INPUTS)];
    return composedForm("attention")(forward, attrsOf(call), { count: 2, before: [] })[1];
  });
}

/** With the gradients that are wanted beside those of q, k and v. */
export function backwardCase(
  call: AttentionCall,
  wanted: { readonly dBias?: boolean; readonly dSlopes?: boolean } = {},
): KernelCase<"attentionBackward"> {
  const { dBias = false, dSlopes = false } = wanted;
  const { B = 2, H = 2, K = H, T, S = T, E = 16, Ev = E, layout } = call;
  const attrs = { ...backwardAttrsOf(call), biasGradient: dBias, slopesGradient: dSlopes };
  const inputs: KernelCase<"attentionBackward">["inputs"] = [
    ...attentionInputs(call),
    f32([B, H, T], logSumExpOf(call)),
    // Any number: where the log-sum-exp has a gradient, too, core subtracts it from delta.
    f32([B, H, T], standardNormal),
    f32([B, H, T, Ev], standardNormal, layout),
    ...modInputs(call),
  ];
  const outputs: [OutputSpec, OutputSpec, OutputSpec, ...OutputSpec[]] = [
    out("f32", [B, H, T, E]),
    out("f32", [B, K, S, E]),
    out("f32", [B, K, S, Ev]),
  ];
  if (dBias) outputs.push(out("f32", [B, H, T, S]));
  if (dSlopes) outputs.push(out("f32", [B, H, T]));
  const title = `${titleOf(call)}${dBias ? " dBias" : ""}${dSlopes ? " dSlopes" : ""}`;
  return kernelCase("attentionBackward", title, inputs, outputs, attrs);
}

export const attentionCases: readonly KernelCase<"attention">[] = attentionCalls.map(forwardCase);

export const attentionBackwardCases: readonly KernelCase<"attentionBackward">[] = attentionCalls
  .filter(({ forwardOnly }) => !forwardOnly)
  .flatMap((call) => {
    const [dBias, dSlopes] = [call.biasBroadcast !== undefined, call.slopes !== undefined];
    return [
      backwardCase(call),
      ...(dBias ? [backwardCase(call, { dBias })] : []),
      ...(dSlopes ? [backwardCase(call, { dBias, dSlopes })] : []),
    ];
  });
