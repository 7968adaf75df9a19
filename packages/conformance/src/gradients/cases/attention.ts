import { type AttentionCall, attentionInputs, attrsOf } from "../../cases/attention-calls.ts";
import { computed, f32, list } from "../../cases/specs.ts";
import { composedForm } from "../../oracle/composed.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

/** Small enough that every element is moved for the differences. */
const calls: readonly AttentionCall[] = [
  { name: "plain", B: 1, H: 2, T: 3, S: 4, E: 2 },
  {
    name: "grouped, causal, narrow values",
    B: 1,
    H: 4,
    K: 2,
    T: 3,
    S: 4,
    E: 2,
    Ev: 1,
    attrs: { causal: true },
  },
  { name: "causal, rows that see nothing", B: 1, H: 1, T: 4, S: 2, E: 3, attrs: { causal: true } },
  { name: "window", B: 1, H: 1, T: 4, S: 5, E: 2, attrs: { windowLeft: 1, windowRight: 1 } },
  { name: "mask", B: 2, H: 1, T: 2, S: 3, E: 2, maskBroadcast: [1, 2], maskValues: list(1, 0, 1) },
  { name: "bias", B: 2, H: 1, T: 2, S: 3, E: 2, biasBroadcast: [] },
  { name: "bias by head", B: 2, H: 2, T: 2, S: 2, E: 2, biasBroadcast: [0] },
  { name: "softcap, scale", B: 1, H: 2, T: 3, S: 3, E: 2, attrs: { softcap: 1.5, scale: 1.2 } },
  { name: "dropout", B: 1, H: 2, T: 3, S: 4, E: 2, attrs: { dropout: 0.3, key: [5, 6] } },
  {
    name: "everything at once",
    B: 1,
    H: 2,
    K: 1,
    T: 3,
    S: 4,
    E: 2,
    Ev: 3,
    maskBroadcast: [1],
    biasBroadcast: [0],
    attrs: { causal: true, windowLeft: 2, softcap: 2, dropout: 0.2, key: [8, 9], scale: 0.5 },
  },
];

function forward(call: AttentionCall): GradCase {
  // The log-sum-exp of a row that sees nothing is -infinity: nothing to differentiate there.
  const options = call.name.includes("see nothing") ? { from: [0] } : {};
  return gradCase("attention", call.name, attentionInputs(call), attrsOf(call), options);
}

function backward(call: AttentionCall): GradCase {
  const { B = 2, H = 2, T, E = 16, Ev = E } = call;
  const attrs = attrsOf(call);
  const lse = computed((inputs) => composedForm("attention")(inputs, attrs, { count: 2, before: [] })[1]);
  const inputs = [...attentionInputs(call), f32([B, H, T], lse), f32([B, H, T]), f32([B, H, T, Ev])];
  return gradCase("attentionBackward", call.name, inputs, {
    ...attrs,
    biasGradient: call.biasBroadcast !== undefined,
  });
}

const small = calls.filter(({ name }) => name !== "causal, rows that see nothing");

export const attentionGradCases: readonly GradCase[] = [...calls.map(forward), ...small.map(backward)];
